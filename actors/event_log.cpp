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

events_read event_log::read(std::uint64_t after, std::size_t limit,
                            const std::vector<std::string>& queues) const {
  events_read result;
  if (after == 0) {
    result.next = last();
    return result;
  }
  // A number from before this log, or from its future (another history), is a gap as well.
  result.missed = after < first_ || after > last();
  auto from = result.missed ? 0 : static_cast<std::size_t>(after - first_);
  for (; from < events_.size() && result.events.size() < limit; ++from)
    if (const auto& x = events_[from];
        queues.empty() || std::find(queues.begin(), queues.end(), x.queue) != queues.end())
      result.events.push_back(x);
  result.next = first_ + from;
  return result;
}

} // namespace troupe
