// SPDX-License-Identifier: Apache-2.0
#include "gateway/count_pulse.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr double microseconds_per_millisecond = 1e3;

using counters = std::vector<std::uint64_t>;

std::uint64_t at(const counters& x, std::size_t i) {
  return i < x.size() ? x[i] : 0;
}

/// A dispatcher that has started anew counts from 0.
bool started_anew(const queue_counts& now, const queue_counts& last) {
  if (now.enqueued < last.enqueued)
    return true;
  for (std::size_t i = 0; i < last.events.size(); ++i)
    if (at(now.events, i) < last.events[i])
      return true;
  return false;
}

void add_growth(counters& sum, const counters& now, const counters& last) {
  for (std::size_t i = 0; i < std::min(sum.size(), now.size()); ++i)
    sum[i] += now[i] - std::min(now[i], at(last, i));
}

json bounds() {
  json list = json::array();
  for (const auto x : duration_bounds)
    list.push_back(static_cast<double>(x.count()) / microseconds_per_millisecond);
  return list;
}

} // namespace

json count_pulse::take(const queues_counted& now, double seconds) {
  using enum job_event_kind;
  std::uint64_t enqueued = 0;
  counters events(static_cast<std::size_t>(snoozed) + 1);
  counters start(duration_bounds.size() + 1);
  counters run(duration_bounds.size() + 1);
  std::map<std::string, queue_counts> current;
  for (const auto& x : now.queues) {
    auto last = std::move(last_[x.queue]);
    if (started_anew(x, last))
      last = {};
    enqueued += x.enqueued - last.enqueued;
    add_growth(events, x.events, last.events);
    add_growth(start, x.start_latency.counts, last.start_latency.counts);
    add_growth(run, x.run_time.counts, last.run_time.counts);
    current.emplace(x.queue, x);
  }
  last_ = std::move(current);
  if (!std::exchange(begun_, true))
    return nullptr;
  const auto rate
    = [seconds](std::uint64_t x) { return static_cast<double>(x) / std::max(seconds, 0.001); };
  json result{{"seconds", seconds}, {"enqueued", rate(enqueued)}};
  for (const auto kind : {leased, succeeded, retrying, dead, cancelled, lost})
    result[to_string(kind)] = rate(events[static_cast<std::size_t>(kind)]);
  result["bounds_ms"] = bounds();
  result["start"] = start;
  result["run"] = run;
  return result;
}

} // namespace troupe
