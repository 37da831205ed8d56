// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "messages/limits.hpp"
#include "messages/record_requests.hpp"

namespace troupe {

/// How long a bundle may take before its reads go on alone.
inline constexpr milliseconds bundle_patience{250};

/// Reads of one record each that wait to travel to the same place in one message. Pure state: no
/// actor, no clock.
///
/// Problem: a request between actors, with its timer, costs many times what the read itself does.
/// Picture: the first read of a bundle has its actor send itself a reminder, which therefore stands
/// behind all that has arrived by then; at the reminder every bundle becomes one request. Where
/// little is asked, nothing waits and every read travels alone.
/// Rule: no read fares worse for its company. If one of a bundle cannot be answered, or not soon,
/// all of it travel again alone, and for a while no bundles are made of that collection.
///
/// `Receiver` is compared by ==; a `Reader` is who asked.
template <class Receiver, class Reader>
class read_bundles {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::size_t reads_max = 128;           ///< in a bundle
  static constexpr std::chrono::milliseconds pause{1000}; ///< after a bundle that failed

  struct bundle {
    Receiver to;
    get_records request;
    std::vector<Reader> readers; ///< in the order of the ids
  };

  /// May reads of this collection travel together?
  bool may_join(const std::string& collection, time_point now) const {
    const auto known = experiences_.find(collection);
    return known == experiences_.end() || now >= known->second.pause_until;
  }

  /// Takes a read of one record. True if it is the first one since `take`.
  bool join(const Receiver& to, const get_records& read, Reader who) {
    const auto first = bundles_.empty();
    auto& x = bundle_for(to, read);
    x.request.ids.push_back(read.ids.front());
    x.readers.push_back(std::move(who));
    return first;
  }

  std::vector<bundle> take() { return std::exchange(bundles_, {}); }

  /// A bundle was answered: the next ones are cut so that their answers are of a good size.
  void answered(const std::string& collection, const records_found& found) {
    std::size_t bytes = 0;
    for (const auto& x : found.records)
      bytes += x.value.id.size() + x.value.fields.size();
    auto& known = experience_of(collection);
    const auto mean = bytes / std::max<std::size_t>(1, found.records.size());
    known.record_bytes = mean > known.record_bytes ? mean : (3 * known.record_bytes + mean) / 4;
  }

  void failed(const std::string& collection, time_point now) {
    experience_of(collection).pause_until = now + pause;
  }

private:
  struct experience {
    time_point pause_until = time_point::min();
    std::size_t record_bytes = 0; ///< of late, rather too many
  };

  static constexpr std::size_t collections_max = 1000; // who asks may make up names
  static constexpr std::size_t open_max = 64;          // bundles that others may still join

  static std::size_t room_for(const experience& x) {
    return std::clamp<std::size_t>(limits::message_bytes_max / (x.record_bytes + 1), 2, reads_max);
  }

  experience& experience_of(const std::string& collection) {
    if (experiences_.size() >= collections_max)
      experiences_.clear();
    return experiences_[collection];
  }

  bundle& bundle_for(const Receiver& to, const get_records& read) {
    const auto known = experiences_.find(read.collection);
    const auto room = known == experiences_.end() ? reads_max : room_for(known->second);
    // The last ones have room. Who asks may make up kinds of reads, so not all are looked at.
    const auto end = bundles_.rbegin() + std::min(bundles_.size(), open_max);
    const auto found = std::find_if(bundles_.rbegin(), end, [&](const bundle& x) {
      return x.to == to && x.request.collection == read.collection
             && x.request.max_stale == read.max_stale && x.readers.size() < room;
    });
    if (found != end)
      return *found;
    return bundles_.emplace_back(bundle{to, {read.collection, {}, read.max_stale}, {}});
  }

  std::vector<bundle> bundles_;
  std::map<std::string, experience> experiences_; ///< by collection
};

} // namespace troupe
