// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "messages/job.hpp"

namespace troupe {

/// One delivery of one job.
struct lease_key {
  job_id job = 0;
  lease_epoch epoch = 0;

  bool operator==(const lease_key&) const = default;
  auto operator<=>(const lease_key&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, lease_key& x) {
  return f(x.job, x.epoch);
}

/// A worker process: its node's name, and a number that no other start of that node has.
struct worker_id {
  std::string node;
  std::uint64_t incarnation = 0; ///< 0: of a pull worker, see `pull_jobs`

  bool operator==(const worker_id&) const = default;
  auto operator<=>(const worker_id&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, worker_id& x) {
  return f(x.node, x.incarnation);
}

// -- from the dispatcher to a worker -------------------------------------------------------------

/// A job under a fresh lease.
struct leased_job {
  lease_key lease;
  std::string queue;
  std::uint32_t attempt = 1;
  milliseconds run_timeout{0};      ///< counted by the worker from when the handler starts
  milliseconds progress_timeout{0}; ///< 0: off
  std::string payload;
  std::string trace_parent{}; ///< as in `new_job`

  bool operator==(const leased_job&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, leased_job& x) {
  return f(x.lease, x.queue, x.attempt, x.run_timeout, x.progress_timeout, x.payload,
           x.trace_parent);
}

/// Run these. Never more than the worker's capacity (credit).
struct run_jobs {
  std::vector<leased_job> jobs;

  bool operator==(const run_jobs&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, run_jobs& x) {
  return f(x.jobs);
}

/// Ask these handlers to stop; their end is reported like any other.
struct cancel_leases {
  std::vector<lease_key> leases;

  bool operator==(const cancel_leases&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancel_leases& x) {
  return f(x.leases);
}

/// Stop: run nothing new, give running handlers `grace` to end.
struct drain_worker {
  milliseconds grace{0};

  bool operator==(const drain_worker&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, drain_worker& x) {
  return f(x.grace);
}

/// Take jobs again, after `drain_worker`.
struct resume_worker {
  bool operator==(const resume_worker&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, resume_worker&) {
  return f();
}

// -- from a worker to the dispatcher -------------------------------------------------------------

/// A queue whose jobs a worker does not take for a while, because it cannot start their handler.
struct withheld_queue {
  std::string queue;
  std::string why;

  bool operator==(const withheld_queue&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, withheld_queue& x) {
  return f(x.queue, x.why);
}

/// A worker introduces itself, after its start, after every reconnect, and when it withholds other
/// queues than before.
struct register_worker {
  worker_id worker;
  std::vector<std::string> queues; ///< whose jobs it can run
  std::uint32_t slots = 0;         ///< handlers that can run at once
  std::uint32_t capacity = 0;      ///< leases it is willing to hold now, those it holds included
  std::vector<lease_key> leases;   ///< that it still holds; the dispatcher adopts or refuses them
  std::vector<withheld_queue> withheld{}; ///< that it could run, but not now
  milliseconds cancel_grace{0};           ///< a handler that is out of time ends so much later

  bool operator==(const register_worker&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, register_worker& x) {
  return f(x.worker, x.queues, x.slots, x.capacity, x.leases, x.withheld, x.cancel_grace);
}

struct worker_registered {
  milliseconds heartbeat_interval{0};
  milliseconds lease_timeout{0}; ///< the worker gives up this long after it *sent* the last
                                 ///< heartbeat that was answered
  std::vector<lease_key> lost;   ///< of those it claimed: stop them, they are somebody else's

  bool operator==(const worker_registered&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, worker_registered& x) {
  return f(x.heartbeat_interval, x.lease_timeout, x.lost);
}

/// What a handler last said about itself.
struct lease_progress {
  lease_key lease;
  std::string text; ///< at most `limits::progress_bytes_max`

  bool operator==(const lease_progress&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, lease_progress& x) {
  return f(x.lease, x.text);
}

/// One message an interval for all leases of a worker (F02). Renews exactly the leases it names.
struct heartbeat {
  worker_id worker;
  std::uint32_t capacity = 0;
  std::vector<lease_key> leases;
  std::vector<lease_progress> progress; ///< only of handlers that reported since the last one
  /// The only queues whose leases it may name: others count as lost. Empty: all.
  std::vector<std::string> queues{};

  bool operator==(const heartbeat&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, heartbeat& x) {
  return f(x.worker, x.capacity, x.leases, x.progress, x.queues);
}

struct heartbeat_reply {
  std::vector<lease_key> lost;      ///< no longer this worker's: a zombie learns it here
  std::vector<lease_key> cancelled; ///< ask these handlers to stop

  bool operator==(const heartbeat_reply&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, heartbeat_reply& x) {
  return f(x.lost, x.cancelled);
}

/// Handlers that began to run (a lease may wait in the worker before that).
struct start_jobs {
  worker_id worker;
  std::vector<lease_key> leases;

  bool operator==(const start_jobs&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, start_jobs& x) {
  return f(x.worker, x.leases);
}

enum class outcome_kind : std::uint8_t {
  succeeded = 1, ///< output is the result
  failed,        ///< output is the error; retried if attempts are left
  failed_final,  ///< retrying is useless
  snoozed,       ///< call again after `delay`; no attempt is used up
  released,      ///< handed back; no attempt is used up
  cancelled,     ///< the handler stopped because it was asked to
};

std::string to_string(outcome_kind x);

constexpr bool is_failure(outcome_kind x) noexcept {
  return x == outcome_kind::failed || x == outcome_kind::failed_final;
}

/// How a delivery ended.
struct job_outcome {
  lease_key lease;
  outcome_kind kind = outcome_kind::succeeded;
  end_reason reason = end_reason::none; ///< of a failure: error, no_progress or deadline
  std::string output;                   ///< the result, or the error's text
  milliseconds delay{-1};               ///< of a retry or a snooze; negative: the queue's backoff

  bool operator==(const job_outcome&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, job_outcome& x) {
  return f(x.lease, x.kind, x.reason, x.output, x.delay);
}

/// Deliveries that ended. A worker repeats this, after a reconnect too, until it is answered.
struct finish_jobs {
  worker_id worker;
  std::uint32_t capacity = 0;
  std::vector<job_outcome> outcomes;
  std::vector<std::string> queues{}; ///< as in `heartbeat`

  bool operator==(const finish_jobs&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, finish_jobs& x) {
  return f(x.worker, x.capacity, x.outcomes, x.queues);
}

/// Everything not named here is durable.
struct finish_reply {
  std::vector<lease_key> lost; ///< refused as `lease_lost`: nothing was changed

  bool operator==(const finish_reply&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, finish_reply& x) {
  return f(x.lost);
}

// -- pull workers: programs that fetch their jobs, without an actor ------------------------------

/// Lease jobs to whoever asks. Answered when there are some, or, with none, after `wait`. What is
/// answered counts as started: silence of the lease's time-out takes it away again.
///
/// The holder goes on with `heartbeat` and `finish_jobs` under its name and incarnation 0, to any
/// dispatcher of the shard: a lease's epoch is the proof.
struct pull_jobs {
  std::string worker; ///< 1 to `limits::pull_worker_bytes_max` bytes; two of one name share leases
  std::string queue;
  std::uint32_t limit = 1; ///< 1 to `limits::pull_jobs_max`
  milliseconds wait{0};
  std::string
    caller{}; ///< whose worker it is, such as a token: of one, only so many names are taken

  bool operator==(const pull_jobs&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, pull_jobs& x) {
  return f(x.worker, x.queue, x.limit, x.wait, x.caller);
}

struct jobs_pulled {
  std::vector<leased_job> jobs;
  milliseconds heartbeat_interval{0};
  milliseconds lease_timeout{0}; ///< as in `worker_registered`

  bool operator==(const jobs_pulled&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, jobs_pulled& x) {
  return f(x.jobs, x.heartbeat_interval, x.lease_timeout);
}

} // namespace troupe
