// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "messages/limits.hpp"
#include "messages/time.hpp"

namespace troupe {

/// Names a job for ever. Grows with age inside a queue; 0 names no job. The upper 16 bits are the
/// shard that made it, so that several dispatchers never make the same id.
using job_id = std::uint64_t;

/// Names one delivery of a job; only ever grows: 24 bits of the dispatcher's incarnation, then a
/// 40-bit counter. 0 is no lease. What carries a stale epoch changes nothing (J3).
using lease_epoch = std::uint64_t;

enum class job_state : std::uint8_t {
  scheduled = 1, ///< waits for its time
  ready,         ///< waits for a free slot
  running,       ///< a worker holds its lease
  retrying,      ///< failed, waits for its backoff
  succeeded,     ///< final
  dead,          ///< final: failed for good; a copy is in the dead-letter queue
  cancelled,     ///< final
};

std::string to_string(job_state x);

/// The state of that name. False, and no change to `x`, when there is none.
bool from_string(const std::string& name, job_state& x);

constexpr bool is_final(job_state x) noexcept {
  return x >= job_state::succeeded;
}

/// Why a delivery ended, or a job was given up.
enum class end_reason : std::uint8_t {
  none = 0,
  error,       ///< the handler said no, threw, or its program failed
  lease_lost,  ///< the node was lost, or silent for longer than the lease
  no_progress, ///< the handler showed no life for its progress time-out
  deadline,    ///< the handler outlived its run time-out
  cancelled,   ///< somebody asked for it
  released,    ///< handed back unharmed: drain, or not started
  snoozed,     ///< the handler asked to be called again later
};

std::string to_string(end_reason x);

/// What may be set for one job. Zero means: as the queue says.
struct job_options {
  std::uint8_t priority = limits::priority_default; ///< 0..9, 9 first
  milliseconds delay{0};                            ///< not before this much later
  std::uint32_t max_attempts = 0;                   ///< failures until it is dead
  std::uint32_t max_losses = 0;                     ///< lost leases until it is dead (poison)
  milliseconds run_timeout{0};                      ///< longest run of one attempt
  milliseconds progress_timeout{0};                 ///< longest silence of the handler itself

  bool operator==(const job_options&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, job_options& x) {
  return f(x.priority, x.delay, x.max_attempts, x.max_losses, x.run_timeout, x.progress_timeout);
}

/// A job that somebody wants done.
struct new_job {
  std::string payload; ///< any bytes; JSON by convention
  job_options options;
  std::vector<std::string> tags{}; ///< to find it by: at most `limits::job_tags_max`, none twice
  std::string trace_parent{};      ///< W3C `traceparent` of the request behind it; empty: none

  bool operator==(const new_job&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, new_job& x) {
  return f(x.payload, x.options, x.tags, x.trace_parent);
}

/// The four counters that jobs.md tells apart.
struct job_counters {
  std::uint32_t failures = 0;   ///< the handler said no
  std::uint32_t losses = 0;     ///< the lease was lost
  std::uint32_t snoozes = 0;    ///< the handler asked for later
  std::uint32_t deliveries = 0; ///< all hand-overs

  bool operator==(const job_counters&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, job_counters& x) {
  return f(x.failures, x.losses, x.snoozes, x.deliveries);
}

/// The number of the run that would come next: runs that were handed back or snoozed do not count.
constexpr std::uint32_t next_attempt(const job_counters& x) noexcept {
  return x.failures + x.losses + 1;
}

/// One delivery that is over.
struct delivery {
  lease_epoch epoch = 0;
  std::uint32_t attempt = 0;
  std::string node;
  timestamp leased_at{};
  timestamp ended_at{};
  end_reason reason = end_reason::none; ///< none: it succeeded
  std::string error;                    ///< at most `limits::error_bytes_max`

  bool operator==(const delivery&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, delivery& x) {
  return f(x.epoch, x.attempt, x.node, x.leased_at, x.ended_at, x.reason, x.error);
}

/// All that is known of a job.
struct job {
  job_id id = 0;
  std::string queue;
  job_state state = job_state::ready;
  job_options options;
  job_counters counters;
  timestamp created_at{};
  timestamp run_at{};      ///< not before
  timestamp finished_at{}; ///< 1970 while it is not final
  std::string node;        ///< who holds it, or held it last
  lease_epoch epoch = 0;   ///< of the current lease; 0 when there is none
  timestamp leased_at{};   ///< of the current or last lease
  std::string payload;
  std::string result; ///< of a succeeded job
  std::string error;  ///< of the last failure
  end_reason reason = end_reason::none;
  job_id origin = 0; ///< in a dead-letter queue: the job this is a copy of
  std::string origin_queue;
  std::vector<delivery> history;   ///< deliveries that did not succeed, oldest first
  std::vector<std::string> tags{}; ///< in the order of the alphabet
  std::string trace_parent{};      ///< as in `new_job`

  bool operator==(const job&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, job& x) {
  return f(x.id, x.queue, x.state, x.options, x.counters, x.created_at, x.run_at, x.finished_at,
           x.node, x.epoch, x.leased_at, x.payload, x.result, x.error, x.reason, x.origin,
           x.origin_queue, x.history, x.tags, x.trace_parent);
}

} // namespace troupe
