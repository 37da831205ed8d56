// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <random>

#include "actors/lease_table.hpp"
#include "actors/queue_settings.hpp"
#include "messages/lease.hpp"
#include "messages/storage.hpp"

namespace troupe {

/// The longest delay or time-out of a job. Clocks can count no longer than some centuries.
inline constexpr std::chrono::hours wait_max{10 * 365 * 24};

/// What becomes of a job whose delivery is over: the one place that decides on retries, death and
/// the four counters.
///
/// `now` is wall-clock time, `engine` the source of the backoff's jitter. The result has no id for
/// a dead-letter copy yet.
lease_end judge(const lease_record& lease, const job_outcome& outcome, const queue_settings& queue,
                timestamp now, std::mt19937_64& engine);

/// The same for a lease that was taken away: its worker was lost or silent (`lease_lost`), or did
/// not end an overdue handler itself.
lease_end judge_taken(const lease_record& lease, end_reason reason, const queue_settings& queue,
                      timestamp now, std::mt19937_64& engine);

/// The same for one that was lost with its worker, after it had begun. `by_itself`: nothing else
/// ran there that could have killed the worker.
lease_end judge_lost(const lease_record& lease, bool by_itself, const queue_settings& queue);

/// How long a job that is handed back makes way for others; `before` counts what was before.
milliseconds release_delay(const job_counters& before) noexcept;

/// The job as it is when it is ready again after that end.
ready_job after_end(const lease_record& lease, const lease_end& end);

/// The limits of one job: its own, but no more than its queue's.
std::uint32_t max_attempts_of(const job_options& options, const queue_settings& queue) noexcept;
std::uint32_t max_losses_of(const job_options& options, const queue_settings& queue) noexcept;

milliseconds run_timeout_of(const job_options& options, const queue_settings& queue) noexcept;
milliseconds progress_timeout_of(const job_options& options, const queue_settings& queue) noexcept;

/// All of them in place of what the job brought, for those who look at it.
job_options options_in_force(job_options options, const queue_settings& queue) noexcept;

} // namespace troupe
