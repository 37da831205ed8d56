// SPDX-License-Identifier: Apache-2.0
#include "actors/dispatcher_state.hpp"
#include "actors/mailbox_depth.hpp"

/// What metrics show.
namespace troupe {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

} // namespace

void dispatcher_state::count_event(std::size_t queue, job_event_kind kind) {
  auto& counted = queues_[queue].counts.events;
  counted.resize(static_cast<std::size_t>(job_event_kind::snoozed) + 1);
  ++counted[static_cast<std::size_t>(kind)];
}

// Only of first deliveries: when a retry was due is not known here.
void dispatcher_state::count_start(const lease_record& record) {
  const auto& job = record.job;
  if (job.counters.deliveries == 0)
    add(queues_[record.queue].counts.start_latency,
        duration_cast<microseconds>(record.leased_at - job.created_at - job.options.delay));
}

void dispatcher_state::count_end(const lease_record& record, end_reason reason) {
  // The end of a short run comes without a report of its start.
  const bool short_run
    = !record.started && (reason == end_reason::none || reason == end_reason::error);
  if (record.started || short_run)
    add(queues_[record.queue].counts.run_time,
        duration_cast<microseconds>(now() - (record.started ? record.begun : record.given)));
}

queues_counted dispatcher_state::count() const {
  queues_counted result;
  for (const auto& queue : queues_) {
    result.queues.push_back(queue.counts);
    result.queues.back().queue = queue.settings.name;
  }
  result.mailbox = mailbox_depth(*self_);
  return result;
}

} // namespace troupe
