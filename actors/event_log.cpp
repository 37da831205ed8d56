// SPDX-License-Identifier: Apache-2.0
#include "actors/event_log.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

event_log::event_log(std::size_t events_max, std::uint64_t first)
    : events_max_{events_max},
      first_{first} {}

void event_log::add(job_event event) {
  event.sequence = last() + 1;
  events_.push_back(std::move(event));
  if (events_.size() > events_max_) {
    events_.pop_front();
    ++first_;
  }
}

events_read event_log::read(std::uint64_t after, std::size_t limit) const {
  events_read result;
  if (after == 0) {
    result.next = last();
    return result;
  }
  // A number from before this log, or from its future (another history), is a gap as well.
  result.missed = after < first_ || after > last();
  auto from = result.missed ? 0 : static_cast<std::size_t>(after - first_);
  auto count = std::min(limit, events_.size() - from);
  auto begin = events_.begin() + static_cast<std::ptrdiff_t>(from);
  result.events.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
  result.next = first_ + from + count;
  return result;
}

} // namespace troupe
