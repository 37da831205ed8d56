// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "messages/record_storage.hpp"

namespace troupe {

/// Who waits for the next changes of collections, and up to where these are committed.
///
///     empty read --> waits --> a commit of its collection: is read again --> answered, or waits
///                          --> its time is over: answered with nothing
///
/// A commit that fell between the read and its answer is not missed: the read says what was
/// committed when it was sent. Readers at the same place share one read, so that a commit costs one
/// however many follow the feed. No actor, no clock.
class change_readers {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using promise = caf::typed_response_promise<changes_read>;

  /// A reader, from its request to its answer.
  struct reader {
    read_changes request;
    time_point until{};
    promise answer;
  };

  /// One read for several readers that want the same.
  struct shared_read {
    read_changes request;
    std::uint64_t committed = 0; ///< what `committed` said when it was sent
    std::vector<reader> readers;
  };

  /// The last change of a collection that this process committed; 0: none yet.
  std::uint64_t committed(const std::string& collection) const;

  /// The read for a new reader.
  shared_read begin(reader x) const;

  /// Takes back readers whose read found nothing. Returns another read if something was committed
  /// since it was sent. `refused` gets those for whom there is no room.
  std::optional<shared_read> wait(shared_read read, std::vector<reader>& refused);

  /// A commit changed a collection up to `sequence`. Returns the reads to make now.
  std::vector<shared_read> commit(const std::string& collection, std::uint64_t sequence);

  /// Removes and returns those whose time is over.
  std::vector<reader> expire(time_point now);

  /// Removes and returns all.
  std::vector<reader> clear();

  /// The earliest end of a wait; none if nobody waits.
  std::optional<time_point> next_end() const;

  std::size_t size() const noexcept { return count_; }

private:
  struct feed {
    std::uint64_t sequence = 0;
    std::vector<reader> readers;
  };

  std::map<std::string, feed> feeds_;
  std::size_t count_ = 0;
};

} // namespace troupe
