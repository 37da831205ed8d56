// SPDX-License-Identifier: Apache-2.0
#include "actors/verdict.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "actors/backoff.hpp"
#include "actors/error_text.hpp"
#include "actors/loss_blame.hpp"

namespace troupe {

namespace {

using namespace std::chrono_literals;

// What is handed back makes way for its equals; for longer each time, so that a job that nobody can
// do does not keep all workers busy.
constexpr milliseconds release_first = 100ms;
constexpr milliseconds release_longest = 60s;
constexpr std::uint32_t release_doublings_max = 10;

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

lease_end lost(const lease_record& lease, const queue_settings& queue, bool by_itself) {
  const auto losses = lease.job.counters.losses + 1;
  const auto losses_max = max_losses_of(lease.job.options, queue);
  auto result = begin(lease, end_reason::lease_lost,
                      fmt::format("the lease was lost with worker node '{}'", lease.node));
  result.next = job_state::ready;
  if (losses < losses_max)
    return result;
  if (!by_itself && is_suspect(lease.job.counters, losses_max)) {
    // Others ran beside it, and any of them may be the killer: it is not judged by this.
    result.reason = end_reason::released;
    return result;
  }
  die(result, queue);
  result.output
    += fmt::format("; that was loss {} of {}: the job may kill its workers", losses, losses_max);
  return result;
}

lease_end handed_back(const lease_record& lease) {
  auto result = begin(lease, end_reason::released, {});
  result.next = job_state::ready;
  return result;
}

/// Ends for good what was handed out too often, whoever's fault it was.
lease_end bounded(lease_end end, const lease_record& lease, const queue_settings& queue) {
  const auto deliveries = lease.job.counters.deliveries + 1;
  const auto comes_back = end.next == job_state::ready || end.next == job_state::scheduled
                          || end.next == job_state::retrying;
  if (!comes_back || queue.max_deliveries == 0 || deliveries < queue.max_deliveries)
    return end;
  die(end, queue);
  if (!end.output.empty())
    end.output += "; ";
  end.output += fmt::format("it was handed out {} times (max_deliveries)", deliveries);
  return end;
}

lease_end judged(const lease_record& lease, const job_outcome& outcome, const queue_settings& queue,
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
  auto text = error_text(outcome.output);
  switch (outcome.kind) {
  case outcome_kind::succeeded: // trying again makes no result smaller
    text = fmt::format("a result of {} bytes; the queue takes {} (result_max)",
                       outcome.output.size(), queue.result_max);
    [[fallthrough]];
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
    auto result = handed_back(lease);
    if (outcome.delay.count() == 0)
      return result;                    // nobody has looked at it
    result.next = job_state::scheduled; // behind its equals
    result.run_at = now + release_delay(lease.job.counters);
    return result;
  }
  default: {
    auto hung = outcome.reason == end_reason::deadline || outcome.reason == end_reason::no_progress;
    return failed(lease, hung ? outcome.reason : end_reason::error, std::move(text), outcome.delay,
                  queue, now, engine);
  }
  }
}

} // namespace

lease_end judge(const lease_record& lease, const job_outcome& outcome, const queue_settings& queue,
                timestamp now, std::mt19937_64& engine) {
  return bounded(judged(lease, outcome, queue, now, engine), lease, queue);
}

lease_end judge_taken(const lease_record& lease, end_reason reason, const queue_settings& queue,
                      timestamp now, std::mt19937_64& engine) {
  if (lease.cancel)
    return cancelled(lease);
  if (reason == end_reason::deadline || reason == end_reason::no_progress) {
    auto text = fmt::format("node '{}' did not end the handler, which passed its {}", lease.node,
                            reason == end_reason::deadline ? "run_timeout" : "progress_timeout");
    return bounded(failed(lease, reason, std::move(text), milliseconds{-1}, queue, now, engine),
                   lease, queue);
  }
  if (reason == end_reason::released)
    return bounded(handed_back(lease), lease, queue);
  return judge_lost(lease, true, queue);
}

lease_end judge_lost(const lease_record& lease, bool by_itself, const queue_settings& queue) {
  if (lease.cancel)
    return cancelled(lease);
  return bounded(lost(lease, queue, by_itself), lease, queue);
}

milliseconds release_delay(const job_counters& before) noexcept {
  const auto others = before.failures + before.losses + before.snoozes;
  const auto releases = before.deliveries - std::min(before.deliveries, others);
  return std::min(release_first * (1 << std::min(releases, release_doublings_max)),
                  release_longest);
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
  return options.max_attempts != 0 ? std::min(options.max_attempts, queue.max_attempts)
                                   : queue.max_attempts;
}

std::uint32_t max_losses_of(const job_options& options, const queue_settings& queue) noexcept {
  return options.max_losses != 0 ? std::min(options.max_losses, queue.max_losses)
                                 : queue.max_losses;
}

milliseconds run_timeout_of(const job_options& options, const queue_settings& queue) noexcept {
  return options.run_timeout.count() > 0 ? std::min(options.run_timeout, queue.run_timeout)
                                         : queue.run_timeout;
}

milliseconds progress_timeout_of(const job_options& options, const queue_settings& queue) noexcept {
  const auto own = options.progress_timeout, all = queue.progress_timeout;
  if (own.count() <= 0 || all.count() <= 0)
    return std::max(own, all); // one of them is none
  return std::min(own, all);
}

job_options options_in_force(job_options options, const queue_settings& queue) noexcept {
  return {options.priority,
          options.delay,
          max_attempts_of(options, queue),
          max_losses_of(options, queue),
          run_timeout_of(options, queue),
          progress_timeout_of(options, queue)};
}

} // namespace troupe
