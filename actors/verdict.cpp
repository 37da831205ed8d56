// SPDX-License-Identifier: Apache-2.0
#include "actors/verdict.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "actors/backoff.hpp"

namespace troupe {

namespace {

lease_end begin(const lease_record& lease, end_reason reason, std::string text) {
  lease_end result;
  result.lease = lease.key;
  result.reason = reason;
  result.output = std::move(text);
  return result;
}

void die(lease_end& end, const queue_settings& queue) {
  end.next = job_state::dead;
  end.dead_letter = queue.dead_letter;
}

lease_end cancelled(const lease_record& lease) {
  auto result = begin(lease, end_reason::cancelled, "cancelled while it ran");
  result.next = job_state::cancelled;
  return result;
}

lease_end failed(const lease_record& lease, end_reason reason, std::string text, milliseconds delay,
                 const queue_settings& queue, timestamp now, std::mt19937_64& engine) {
  auto failures = lease.job.counters.failures + 1;
  auto result = begin(lease, reason, std::move(text));
  if (failures >= max_attempts_of(lease.job.options, queue)) {
    die(result, queue);
    return result;
  }
  result.next = job_state::retrying;
  result.run_at = now
                  + (delay.count() >= 0 ? std::min<milliseconds>(delay, wait_max)
                                        : backoff_delay(queue.backoff, failures, engine));
  return result;
}

lease_end lost(const lease_record& lease, const queue_settings& queue) {
  auto losses = lease.job.counters.losses + 1;
  auto result = begin(lease, end_reason::lease_lost,
                      fmt::format("the lease was lost with worker node '{}'", lease.node));
  if (losses >= max_losses_of(lease.job.options, queue)) {
    die(result, queue);
    result.output += fmt::format("; that was loss {} of {}: the job may kill its workers", losses,
                                 max_losses_of(lease.job.options, queue));
    return result;
  }
  result.next = job_state::ready;
  return result;
}

} // namespace

lease_end judge(const lease_record& lease, const job_outcome& outcome, const queue_settings& queue,
                timestamp now, std::mt19937_64& engine) {
  // Workers see to it first, and say more about it.
  auto too_large = outcome.output.size() > queue.result_max;
  if (outcome.kind == outcome_kind::succeeded && !too_large) {
    auto result = begin(lease, end_reason::none, outcome.output);
    result.next = job_state::succeeded;
    return result;
  }
  if (lease.cancel)
    return cancelled(lease);
  auto text = outcome.output.substr(0, limits::error_bytes_max);
  switch (outcome.kind) {
  case outcome_kind::succeeded:
    return failed(lease, end_reason::error,
                  fmt::format("a result of {} bytes; the queue takes {} (result_max)",
                              outcome.output.size(), queue.result_max),
                  milliseconds{-1}, queue, now, engine);
  case outcome_kind::failed_final: {
    auto result = begin(lease, end_reason::error, std::move(text));
    die(result, queue);
    return result;
  }
  case outcome_kind::snoozed: {
    auto result = begin(lease, end_reason::snoozed, {});
    result.next = job_state::scheduled;
    result.run_at = now + std::clamp<milliseconds>(outcome.delay, milliseconds{0}, wait_max);
    return result;
  }
  case outcome_kind::released:
  case outcome_kind::cancelled: { // a cancel that nobody here asked for: handed back
    auto result = begin(lease, end_reason::released, {});
    result.next = job_state::ready;
    return result;
  }
  default: {
    auto hung = outcome.reason == end_reason::deadline || outcome.reason == end_reason::no_progress;
    return failed(lease, hung ? outcome.reason : end_reason::error, std::move(text), outcome.delay,
                  queue, now, engine);
  }
  }
}

lease_end judge_taken(const lease_record& lease, end_reason reason, const queue_settings& queue,
                      timestamp now, std::mt19937_64& engine) {
  if (lease.cancel)
    return cancelled(lease);
  if (reason == end_reason::deadline || reason == end_reason::no_progress) {
    auto text = fmt::format("node '{}' did not end the handler, which passed its {}", lease.node,
                            reason == end_reason::deadline ? "run_timeout" : "progress_timeout");
    return failed(lease, reason, std::move(text), milliseconds{-1}, queue, now, engine);
  }
  if (reason == end_reason::released) {
    auto result = begin(lease, end_reason::released, {});
    result.next = job_state::ready;
    return result;
  }
  return lost(lease, queue);
}

ready_job after_end(const lease_record& lease, const lease_end& end) {
  auto job = lease.job;
  ++job.counters.deliveries;
  switch (end.reason) {
  case end_reason::error:
  case end_reason::no_progress:
  case end_reason::deadline:
    ++job.counters.failures;
    break;
  case end_reason::lease_lost:
    ++job.counters.losses;
    break;
  case end_reason::snoozed:
    ++job.counters.snoozes;
    break;
  default:
    break;
  }
  job.node = lease.node;
  return job;
}

std::uint32_t max_attempts_of(const job_options& options, const queue_settings& queue) noexcept {
  return options.max_attempts != 0 ? options.max_attempts : queue.max_attempts;
}

std::uint32_t max_losses_of(const job_options& options, const queue_settings& queue) noexcept {
  return options.max_losses != 0 ? options.max_losses : queue.max_losses;
}

} // namespace troupe
