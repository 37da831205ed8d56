// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/writer.hpp"

namespace troupe::sqlite {

namespace {

bool counts_as_failure(end_reason x) {
  return x == end_reason::error || x == end_reason::no_progress || x == end_reason::deadline;
}

} // namespace

bool writer::is_current(const lease_key& lease) {
  query row{find_lease_};
  row.with(to_column(lease.job));
  return row.next() && row.as<lease_epoch>(0) == lease.epoch;
}

leases_ended writer::end(const end_leases& request) {
  leases_ended answer;
  for (const auto& x : request.ends) {
    if (x.next == job_state::running)
      throw storage_error{{errc::invalid_argument, "a lease cannot end with a running job"}};
    const bool succeeded = x.next == job_state::succeeded && x.reason == end_reason::none;
    const bool current
      = succeeded ? end_succeeded(x, request.now) : end_otherwise(x, request.now, answer.cancelled);
    if (current)
      query{delete_lease_}.with(to_column(x.lease.job)).run();
    else
      answer.lost.push_back(x.lease);
  }
  return answer;
}

bool writer::end_succeeded(const lease_end& end, timestamp now) {
  const auto id = to_column(end.lease.job);
  if (query{succeed_}.with(now).with(id).with(to_column(end.lease.epoch)).run() == 0)
    return false;
  if (!end.output.empty())
    query{save_result_}.with(id).with_bytes(end.output).run();
  return true;
}

bool writer::end_otherwise(lease_end end, timestamp now, std::vector<lease_key>& cancelled) {
  const auto id = to_column(end.lease.job);
  held_lease held;
  {
    query row{find_lease_};
    row.with(id);
    if (!row.next() || row.as<lease_epoch>(0) != end.lease.epoch)
      return false;
    held = {row.integer(1), row.time(2), row.integer(3) != 0};
  }
  if (held.cancel && !is_final(end.next)) {
    end.next = job_state::cancelled;
    end.reason = end_reason::cancelled;
    cancelled.push_back(end.lease);
  }
  const bool failed = counts_as_failure(end.reason);
  const bool lost = end.reason == end_reason::lease_lost;
  const bool handed_back
    = !is_final(end.next)
      && (end.reason == end_reason::released || end.reason == end_reason::snoozed);
  job_counters before;
  timestamp run_at;
  std::int64_t avoid = 0;
  {
    query row{find_counters_};
    row.with(id).next();
    before = {row.as<std::uint32_t>(0), row.as<std::uint32_t>(1), row.as<std::uint32_t>(2),
              row.as<std::uint32_t>(3)};
    run_at = row.time(4);
    avoid = row.integer(5);
  }
  const bool waits = end.next == job_state::scheduled || end.next == job_state::retrying;
  query{end_job_}
    .with(static_cast<std::int64_t>(end.next))
    .with(before.failures + (failed ? 1 : 0))
    .with(before.losses + (lost ? 1 : 0))
    .with(before.snoozes + (end.reason == end_reason::snoozed ? 1 : 0))
    .with(before.deliveries + 1)
    .with(waits ? end.run_at : run_at)
    .with(failed || lost ? held.node : avoid)
    .with(static_cast<std::int64_t>(end.reason))
    .with(is_final(end.next) ? now : timestamp{})
    .with(held.leased_at)
    .with(held.node)
    .with(id)
    .run();
  if (end.next == job_state::succeeded) {
    if (!end.output.empty())
      query{save_result_}.with(id).with_bytes(end.output).run();
    return true;
  }
  if (!handed_back)
    query{save_error_}.with(id).with_bytes(end.output).run();
  remember_delivery(end, held, next_attempt(before), now);
  if (end.next == job_state::dead && !end.dead_letter.empty())
    copy_dead_letter(end, now);
  return true;
}

void writer::remember_delivery(const lease_end& end, const held_lease& held, std::uint32_t attempt,
                               timestamp now) {
  const auto id = to_column(end.lease.job);
  query{insert_delivery_}
    .with(id)
    .with(to_column(end.lease.epoch))
    .with(attempt)
    .with(held.node)
    .with(held.leased_at)
    .with(now)
    .with(static_cast<std::int64_t>(end.reason))
    .with_bytes(end.output)
    .run();
  // Deliveries only grow until a job is revived, so most jobs never have a row to drop.
  query{trim_history_}.with(id).with(static_cast<std::int64_t>(limits::history_max)).run();
}

void writer::copy_dead_letter(const lease_end& end, timestamp now) {
  use_id(end.dead_letter_copy);
  query{copy_job_}
    .with(to_column(end.dead_letter_copy))
    .with(queues_.ensure(end.dead_letter))
    .with(timestamp{})
    .with(now)
    .with(to_column(end.lease.job))
    .run();
  tags_.add(end.dead_letter_copy, tags_of(end.lease.job));
  if (!end.output.empty())
    query{save_error_}.with(to_column(end.dead_letter_copy)).with_bytes(end.output).run();
}

} // namespace troupe::sqlite
