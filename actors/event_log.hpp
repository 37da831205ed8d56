// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "messages/requests.hpp"

namespace troupe {

/// The most recent things that happened to jobs, for readers that ask again and again. Bounded: a
/// reader that is too slow learns that it missed some.
class event_log {
public:
  /// `first` is the number before the first event; numbers of a later log must begin above.
  event_log(std::size_t events_max, std::uint64_t first);

  /// Numbers and keeps an event.
  void add(job_event event);

  /// Up to `limit` events after number `after` of jobs of these queues (none: of all); with `after`
  /// 0 none, but where to go on from.
  events_read read(std::uint64_t after, std::size_t limit,
                   const std::vector<std::string>& queues = {}) const;

  std::uint64_t last() const noexcept { return first_ + events_.size(); }

private:
  std::size_t events_max_;
  std::uint64_t first_; // number before the oldest kept event
  std::deque<job_event> events_;
};

} // namespace troupe
