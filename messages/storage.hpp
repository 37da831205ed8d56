// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "messages/job.hpp"
#include "messages/lease.hpp"

/// What the actors ask of the storage engine, batch first. `repository_actor` takes these as
/// messages, `job_transaction` and `job_reader` as calls: one vocabulary for both.
///
/// The store is the last judge of every change: it applies a change to a job only in the state, or
/// under the epoch, that the change names, so that a dispatcher that lost its shard, or remembers
/// wrongly, can do no harm (J3).
namespace troupe {

/// A job that waits to be handed out, with all that its dispatcher must know to do so.
struct ready_job {
  job_id id = 0;
  job_options options;
  job_counters counters;
  timestamp created_at{};
  std::string node; ///< that lost or failed it last; another one is preferred
  std::string payload;
  std::string trace_parent{}; ///< as in `new_job`

  bool operator==(const ready_job&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ready_job& x) {
  return f(x.id, x.options, x.counters, x.created_at, x.node, x.payload, x.trace_parent);
}

// -- taking over a shard -------------------------------------------------------------------------

/// A new dispatcher takes over a shard. Its queues are created if they are new.
struct open_shard {
  std::uint32_t shard = 0;
  std::vector<std::string> queues;

  bool operator==(const open_shard&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, open_shard& x) {
  return f(x.shard, x.queues);
}

/// A lease that was current when the last dispatcher ended.
struct stored_lease {
  lease_key lease;
  std::string queue;
  std::string node;
  timestamp leased_at{};
  ready_job job;           ///< counters as of before this delivery
  std::uint64_t worker{0}; ///< as in `lease_grant`
  bool cancel{false};      ///< somebody asked to cancel the job while it ran

  bool operator==(const stored_lease&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, stored_lease& x) {
  return f(x.lease, x.queue, x.node, x.leased_at, x.job, x.worker, x.cancel);
}

struct stored_queue {
  std::string queue;
  std::uint64_t scheduled = 0;
  std::uint64_t ready = 0; ///< leased ones not included
  std::uint64_t running = 0;
  std::uint64_t retrying = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t dead = 0;
  std::uint64_t cancelled = 0;
  timestamp next_due{}; ///< earliest run_at of a scheduled or retrying job; 1970: none
  bool paused = false;

  bool operator==(const stored_queue&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, stored_queue& x) {
  return f(x.queue, x.scheduled, x.ready, x.running, x.retrying, x.succeeded, x.dead, x.cancelled,
           x.next_due, x.paused);
}

struct shard_opened {
  std::uint64_t incarnation = 0; ///< one more than ever before, durably
  job_id next_job = 0;           ///< no id at or above this was ever used in this shard
  std::vector<stored_lease> leases;
  std::vector<stored_queue> queues; ///< in the order of the request

  bool operator==(const shard_opened&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, shard_opened& x) {
  return f(x.incarnation, x.next_job, x.leases, x.queues);
}

// -- changes -------------------------------------------------------------------------------------

/// Store new jobs under the ids `first`, `first + 1`, ... Those with a delay are scheduled, the
/// others ready. Durable.
struct insert_jobs {
  std::string queue;
  job_id first = 0;
  timestamp now{};
  std::vector<new_job> jobs;

  bool operator==(const insert_jobs&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, insert_jobs& x) {
  return f(x.queue, x.first, x.now, x.jobs);
}

struct lease_grant {
  lease_key lease;
  std::string node;
  std::uint64_t worker{0}; ///< incarnation of the worker there; 0: a pull worker

  bool operator==(const lease_grant&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, lease_grant& x) {
  return f(x.lease, x.node, x.worker);
}

/// Lease ready jobs. Survives the death of the process, not of the machine: a lease that is lost
/// with the machine is a job that is ready again under a newer incarnation, which is right.
struct grant_leases {
  timestamp now{};
  std::vector<lease_grant> grants;

  bool operator==(const grant_leases&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, grant_leases& x) {
  return f(x.now, x.grants);
}

struct leases_granted {
  std::vector<lease_key> refused; ///< the job is not ready, or not there

  bool operator==(const leases_granted&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, leases_granted& x) {
  return f(x.refused);
}

/// One delivery is over. `reason` says which counter it uses up: error, no_progress and deadline
/// are failures, lease_lost a loss, snoozed a snooze, the others none; deliveries always grow.
struct lease_end {
  lease_key lease;
  job_state next = job_state::succeeded; ///< any state but running
  end_reason reason = end_reason::none;
  timestamp run_at{};          ///< for scheduled and retrying
  std::string output;          ///< succeeded: the result; else the error's text
  std::string dead_letter;     ///< if next is dead: the queue that gets a copy; empty: none
  job_id dead_letter_copy = 0; ///< the copy's id

  bool operator==(const lease_end&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, lease_end& x) {
  return f(x.lease, x.next, x.reason, x.run_at, x.output, x.dead_letter, x.dead_letter_copy);
}

/// End deliveries; each only if it is the job's current one. A job that was to be cancelled and
/// would run again is cancelled instead. Durable.
struct end_leases {
  timestamp now{};
  std::vector<lease_end> ends;

  bool operator==(const end_leases&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, end_leases& x) {
  return f(x.now, x.ends);
}

struct leases_ended {
  std::vector<lease_key> lost;        ///< not current: nothing was changed for these
  std::vector<lease_key> cancelled{}; ///< whose jobs are cancelled, other than it was asked for

  bool operator==(const leases_ended&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, leases_ended& x) {
  return f(x.lost, x.cancelled);
}

/// Make scheduled and retrying jobs ready whose time has come, earliest first.
struct promote_jobs {
  std::string queue;
  timestamp now{};
  std::uint32_t limit = 0;

  bool operator==(const promote_jobs&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, promote_jobs& x) {
  return f(x.queue, x.now, x.limit);
}

struct jobs_promoted {
  std::vector<ready_job> scheduled; ///< that were scheduled, and are ready now
  std::vector<ready_job> retrying;  ///< that were retrying, and are ready now
  timestamp next_due{};             ///< of the next one; 1970: none

  bool operator==(const jobs_promoted&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, jobs_promoted& x) {
  return f(x.scheduled, x.retrying, x.next_due);
}

/// Cancel jobs that wait (scheduled, ready without a lease, retrying). Durable.
struct cancel_waiting {
  timestamp now{};
  std::vector<job_id> ids;
  /// Those that run, too: with their leases it is written down that they are to be cancelled. The
  /// answer for these is `none`, with `running` as the state before.
  bool running{false};

  bool operator==(const cancel_waiting&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancel_waiting& x) {
  return f(x.now, x.ids, x.running);
}

/// Make dead and cancelled jobs ready, with fresh counters. Durable.
struct revive_jobs {
  timestamp now{};
  std::vector<job_id> ids;

  bool operator==(const revive_jobs&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, revive_jobs& x) {
  return f(x.now, x.ids);
}

struct job_update {
  std::uint8_t code = 0; ///< an `errc`: none, unknown_job or wrong_state
  std::string queue;     ///< these are set when the job exists
  job_state before = job_state::ready;
  ready_job job; ///< set by `revive_jobs` on success

  bool operator==(const job_update&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, job_update& x) {
  return f(x.code, x.queue, x.before, x.job);
}

/// One answer an id, in the order of the request.
struct jobs_updated {
  std::vector<job_update> updates;

  bool operator==(const jobs_updated&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, jobs_updated& x) {
  return f(x.updates);
}

/// Move the oldest ready copies of a dead-letter queue back to the queues they came from, as new
/// ready jobs under the ids `first`, `first + 1`, ... Durable.
struct move_dead_letters {
  std::string queue;
  job_id first = 0;
  timestamp now{};
  std::uint32_t limit = 0;

  bool operator==(const move_dead_letters&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, move_dead_letters& x) {
  return f(x.queue, x.first, x.now, x.limit);
}

struct moved_job {
  std::string queue; ///< where it went
  job_id copy = 0;   ///< what left the dead-letter queue
  ready_job job;     ///< what it is now

  bool operator==(const moved_job&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, moved_job& x) {
  return f(x.queue, x.copy, x.job);
}

struct dead_letters_moved {
  std::vector<moved_job> jobs;

  bool operator==(const dead_letters_moved&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, dead_letters_moved& x) {
  return f(x.jobs);
}

/// Remove final jobs of a queue that ended before `finished_before`, oldest first.
struct purge_jobs {
  std::string queue;
  timestamp finished_before{};
  std::uint32_t limit = 0;

  bool operator==(const purge_jobs&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, purge_jobs& x) {
  return f(x.queue, x.finished_before, x.limit);
}

struct jobs_purged {
  std::uint64_t succeeded = 0;
  std::uint64_t dead = 0;
  std::uint64_t cancelled = 0;

  bool operator==(const jobs_purged&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, jobs_purged& x) {
  return f(x.succeeded, x.dead, x.cancelled);
}

// -- reading -------------------------------------------------------------------------------------

/// The next ready jobs without a lease, in the order in which they start: priority, then age.
struct read_ready {
  std::string queue;
  std::uint8_t priority = limits::priority_max; ///< only jobs that start after the one with this
  job_id after = 0;                             ///< priority and id
  std::uint32_t limit = 0;
  std::uint64_t bytes_max = 0; ///< of payload; at least one job is read

  bool operator==(const read_ready&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, read_ready& x) {
  return f(x.queue, x.priority, x.after, x.limit, x.bytes_max);
}

struct ready_read {
  std::vector<ready_job> jobs;
  bool end = false; ///< there are no more

  bool operator==(const ready_read&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ready_read& x) {
  return f(x.jobs, x.end);
}

} // namespace troupe
