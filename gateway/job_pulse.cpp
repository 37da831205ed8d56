// SPDX-License-Identifier: Apache-2.0
#include "gateway/job_pulse.hpp"

#include <utility>

#include "messages/record.hpp"

namespace troupe {

namespace {

constexpr std::size_t notable_max = 50;

// Lost jobs that are watched for until they are handed out again.
constexpr std::size_t lost_max = 20'000;

} // namespace

json json_of(const job_event& x) {
  return {{"sequence", x.sequence},
          {"at", rfc3339(x.at)},
          {"job", std::to_string(x.lease.job)},
          {"epoch", std::to_string(x.lease.epoch)},
          {"kind", to_string(x.kind)},
          {"reason", to_string(x.reason)},
          {"attempt", x.attempt},
          {"node", x.node},
          {"queue", x.queue}};
}

void job_pulse::read(const events_read& x) {
  if (x.missed || x.events.size() >= events_max)
    exact_ = false;
  after_ = x.next;
  for (const auto& event : x.events)
    note(event);
}

void job_pulse::note(const job_event& x) {
  using enum job_event_kind;
  bool notable = x.kind == lost || x.kind == dead || x.kind == cancelled || x.kind == retrying;
  if (x.kind == leased)
    notable = lost_.erase(x.lease.job) > 0;
  if (x.kind == lost && lost_.size() < lost_max)
    lost_.insert(x.lease.job);
  if (!notable)
    return;
  if (notable_.size() < notable_max)
    notable_.push_back(x);
  else
    exact_ = false;
}

json job_pulse::take() {
  json result{{"exact", std::exchange(exact_, true)}, {"notable", json::array()}};
  for (const auto& x : std::exchange(notable_, {}))
    result["notable"].push_back(json_of(x));
  return result;
}

} // namespace troupe
