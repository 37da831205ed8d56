// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "gateway/feed_position.hpp"
#include "gateway/gateway_state.hpp"

namespace troupe {

/// The streams of a gateway that have seen all changes and wait for the next ones, by collection.
/// One read is under way for all of a collection, however many they are.
struct change_streams {
  /// Whether the read that is under way was begun after changes that this stream has not seen.
  bool is_behind(const feed& x) const {
    const auto found = sources_.find(x.collection);
    return found != sources_.end() && found->second.reading && x.after < found->second.from;
  }

  /// A stream waits from now on. Returns true if a read must be begun for it; else one is under
  /// way that will show it what comes.
  bool wait(const feed_ptr& x) {
    auto& waiting = sources_[x->collection];
    waiting.streams.push_back(x);
    return !waiting.reading;
  }

  /// A read begins: where none of them misses anything.
  feed_position begin(const std::string& collection) {
    auto& waiting = sources_[collection];
    waiting.reading = true;
    feed_position from{latest_change, 0};
    for (const auto& x : waiting.streams)
      if (x->after <= from.after)
        from = {x->after, x->generation};
    waiting.from = from.after;
    return from;
  }

  /// It has ended. Removes and returns all that it was for: those that came while it was under way
  /// have seen what it was begun after, or more.
  std::vector<feed_ptr> end(const std::string& collection) {
    auto found = sources_.find(collection);
    if (found == sources_.end())
      return {};
    auto streams = std::move(found->second.streams);
    sources_.erase(found);
    return streams;
  }

private:
  struct source {
    std::vector<feed_ptr> streams;
    std::uint64_t from = 0;
    bool reading = false;
  };

  std::map<std::string, source> sources_;
};

} // namespace troupe
