// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "messages/time.hpp"

namespace photos {

/// The middle and the largest of some times; nothing of none.
struct time_figures {
  troupe::milliseconds p50{0};
  troupe::milliseconds max{0};

  bool operator==(const time_figures&) const = default;
};
std::optional<time_figures> summarize(std::vector<troupe::milliseconds> times);

/// What a run of the demo came to.
struct demo_figures {
  std::size_t pictures = 0;
  std::uint64_t picture_bytes = 0; ///< of all jobs together
  std::size_t jobs = 0;
  std::size_t succeeded = 0;
  std::size_t redispatched = 0;
  std::size_t lost = 0;          ///< acknowledged, and without a final state at the end
  std::size_t records = 0;       ///< of photos, created with their jobs
  std::size_t ready = 0;         ///< records that got their thumbnails, once
  std::size_t changed_again = 0; ///< records that were changed more than once
  std::string searched;          ///< words
  bool found = false;            ///< the photo that has these words
  std::size_t files = 0;
  std::size_t files_missing = 0; ///< or not readable as pictures
  std::string killed_node;       ///< empty: nothing ran when it was time
  std::uint32_t killed_pid = 0;
  troupe::milliseconds took{0};           ///< from the enqueue to the last job's end
  std::optional<time_figures> taken_away; ///< from the kill until the leases were ended
  std::optional<time_figures> redispatch; ///< from the kill until the jobs started elsewhere
  std::size_t shards_lost = 0;            ///< shards of keys that the killed node owned
  /// From the kill until a record that the killed node owned was read from its next owner.
  std::optional<troupe::milliseconds> moved;

  double jobs_per_second() const;

  /// Did every job succeed, is every record ready by one change, is every file there?
  bool complete() const;
};

/// The table for people, and the same figures as one JSON document.
std::vector<std::string> to_table(const demo_figures& figures);
std::string to_json(const demo_figures& figures);

} // namespace photos
