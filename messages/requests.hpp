// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "messages/job.hpp"
#include "messages/lease.hpp"
#include "messages/read_terms.hpp"

namespace troupe {

// -- what clients ask a dispatcher ---------------------------------------------------------------

/// Store these jobs; all or none. At most `limits::batch_jobs_max` and `batch_bytes_max`.
struct enqueue_jobs {
  std::string queue;
  std::vector<new_job> jobs;

  bool operator==(const enqueue_jobs&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, enqueue_jobs& x) {
  return f(x.queue, x.jobs);
}

/// The ids of the stored jobs, in the order of the request: `first`, `first + 1`, ...
struct jobs_enqueued {
  job_id first = 0;
  std::uint32_t count = 0;

  bool operator==(const jobs_enqueued&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, jobs_enqueued& x) {
  return f(x.first, x.count);
}

/// Read jobs by id. Ids that name no job are left out of the answer.
struct get_jobs {
  std::vector<job_id> ids;
  bool details = true; ///< with payload, result and history

  bool operator==(const get_jobs&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, get_jobs& x) {
  return f(x.ids, x.details);
}

/// List jobs, newest first, without payloads and results.
struct list_jobs {
  std::string queue;             ///< empty: all queues
  std::vector<job_state> states; ///< empty: all states
  job_id before = 0;             ///< only ids below this; 0: from the newest
  std::uint32_t limit = 100;     ///< 1..`limits::batch_jobs_max`
  std::string tag{};             ///< only jobs with this tag; empty: all
  std::string text{};            ///< only jobs whose payload or error has this in it; empty: all
  read_terms terms{};
  /// Without `queue`: only jobs of these; empty: of all. At most `limits::token_scopes_max`.
  std::vector<std::string> queues{};

  bool operator==(const list_jobs&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_jobs& x) {
  return f(x.queue, x.states, x.before, x.limit, x.tag, x.text, x.terms, x.queues);
}

/// Read a job when it is final. Answered with the job as it is after `wait`, or at once if nobody
/// has such a job.
struct await_job {
  job_id id = 0;
  milliseconds wait{0};
  std::vector<std::string> queues{}; ///< jobs of all others are unknown to it; empty: of none

  bool operator==(const await_job&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, await_job& x) {
  return f(x.id, x.wait, x.queues);
}

struct jobs_found {
  std::vector<job> jobs;
  /// Of a listing: go on with `before` = this; 0: there are no more. A search for a text looks at
  /// `limits::job_search_max` jobs a call, and may find none among them.
  job_id next = 0;

  bool operator==(const jobs_found&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, jobs_found& x) {
  return f(x.jobs, x.next);
}

/// Cancel jobs. Waiting ones are cancelled at once; of running ones the handler is asked to stop,
/// and the job is `cancelled` when it has stopped, or when its lease ends, unless it succeeded or
/// died of itself. Answered when that is durable (J1). Repeating is harmless.
struct cancel_jobs {
  std::vector<job_id> ids;

  bool operator==(const cancel_jobs&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancel_jobs& x) {
  return f(x.ids);
}

/// Make dead or cancelled jobs ready again, with fresh counters.
struct retry_jobs {
  std::vector<job_id> ids;

  bool operator==(const retry_jobs&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, retry_jobs& x) {
  return f(x.ids);
}

/// One answer an id, in the order of the request: `none` is done.
struct jobs_changed {
  /// Each an `errc`. Not bytes: CAF believes any length that is claimed for a list of bytes.
  std::vector<std::uint16_t> codes;

  bool operator==(const jobs_changed&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, jobs_changed& x) {
  return f(x.codes);
}

/// Move the oldest waiting jobs of a dead-letter queue back to the queues they came from, as new
/// jobs with fresh counters. Call again for more: the caller sets the rate and can stop.
struct redrive_jobs {
  std::string queue;
  std::uint32_t limit = 100;

  bool operator==(const redrive_jobs&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, redrive_jobs& x) {
  return f(x.queue, x.limit);
}

struct jobs_redriven {
  std::uint32_t moved = 0;
  std::uint64_t left = 0; ///< jobs still in the dead-letter queue

  bool operator==(const jobs_redriven&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, jobs_redriven& x) {
  return f(x.moved, x.left);
}

/// Hand out no more jobs of a queue, or go on. What runs goes on; new jobs are taken. Durable.
struct pause_queue {
  std::string queue;
  bool paused = true;

  bool operator==(const pause_queue&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, pause_queue& x) {
  return f(x.queue, x.paused);
}

/// Cancel the newest waiting jobs of a queue: scheduled, ready and retrying ones. Call again, with
/// the `up_to` of the first answer, while there are more: what is sent meanwhile is not cancelled.
/// They stay readable like all that ended, and can be retried.
struct purge_queue {
  std::string queue;
  std::uint32_t limit = 1000; ///< 1..`limits::batch_jobs_max`
  job_id up_to{0};            ///< only ids up to this; 0: up to the newest that there is

  bool operator==(const purge_queue&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, purge_queue& x) {
  return f(x.queue, x.limit, x.up_to);
}

struct queue_purged {
  std::uint32_t cancelled = 0;
  std::uint64_t left = 0; ///< jobs of the queue that wait still, the newer ones too
  job_id up_to{0};        ///< for the next call
  bool more{false};       ///< whether some up to there may wait still

  bool operator==(const queue_purged&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, queue_purged& x) {
  return f(x.cancelled, x.left, x.up_to, x.more);
}

/// Let a worker end what it runs and take nothing new, or take jobs again. A node that starts anew
/// takes jobs; so does a pull worker that was silent for so long that it was forgotten.
struct drain_node {
  std::string node;
  bool draining = true;

  bool operator==(const drain_node&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, drain_node& x) {
  return f(x.node, x.draining);
}

/// What happened to jobs since event `after` (0: from now on). The answer comes when there are
/// events, or after `wait`. Nothing is pushed: a slow reader costs no memory.
struct read_events {
  std::uint64_t after = 0;
  std::uint32_t limit = 1000;
  milliseconds wait{0};
  std::vector<std::string> queues{}; ///< only of jobs of these; empty: of all

  bool operator==(const read_events&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, read_events& x) {
  return f(x.after, x.limit, x.wait, x.queues);
}

enum class job_event_kind : std::uint8_t {
  leased = 1, ///< handed to a worker
  started,    ///< its handler runs
  succeeded,
  retrying, ///< failed, will run again
  dead,
  cancelled,
  lost,     ///< the lease was taken away; it is ready again
  released, ///< handed back; it is ready again
  snoozed,
};

std::string to_string(job_event_kind x);

struct job_event {
  std::uint64_t sequence = 0;
  timestamp at{};
  lease_key lease;
  job_event_kind kind = job_event_kind::leased;
  end_reason reason = end_reason::none;
  std::uint32_t attempt = 0;
  std::string node;
  std::string queue{}; ///< empty: one that is not declared any more

  bool operator==(const job_event&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, job_event& x) {
  return f(x.sequence, x.at, x.lease, x.kind, x.reason, x.attempt, x.node, x.queue);
}

struct events_read {
  std::vector<job_event> events;
  std::uint64_t next = 0; ///< ask for what comes after this
  bool missed = false;    ///< some were overwritten before they were read: look at the jobs again

  bool operator==(const events_read&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, events_read& x) {
  return f(x.events, x.next, x.missed);
}

struct list_queues {
  bool operator==(const list_queues&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_queues&) {
  return f();
}

/// Jobs of a queue by state.
struct queue_depths {
  std::uint64_t scheduled = 0;
  std::uint64_t ready = 0;
  std::uint64_t running = 0;
  std::uint64_t retrying = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t dead = 0;
  std::uint64_t cancelled = 0;

  bool operator==(const queue_depths&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, queue_depths& x) {
  return f(x.scheduled, x.ready, x.running, x.retrying, x.succeeded, x.dead, x.cancelled);
}

struct queue_info {
  std::string name;
  std::string handler; ///< empty: of pull workers only, or a dead-letter queue
  std::string dead_letter;
  queue_depths depths;
  milliseconds oldest_ready{0}; ///< age of the oldest ready job
  std::uint32_t workers = 0;    ///< workers that take its jobs
  bool paused = false;          ///< hands nothing out

  bool operator==(const queue_info&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, queue_info& x) {
  return f(x.name, x.handler, x.dead_letter, x.depths, x.oldest_ready, x.workers, x.paused);
}

struct queues_listed {
  std::vector<queue_info> queues;

  bool operator==(const queues_listed&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, queues_listed& x) {
  return f(x.queues);
}

struct list_workers {
  bool operator==(const list_workers&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_workers&) {
  return f();
}

enum class worker_state : std::uint8_t {
  alive = 1,
  suspect,  ///< missed two heartbeats: gets no new work
  draining, ///< takes nothing new, finishes what it has
  idle,     ///< has room and work waits for it, but it starts nothing: look at that process
};

std::string to_string(worker_state x);

struct worker_info {
  worker_id worker; ///< of a pull worker: "pull/" and its name
  worker_state state = worker_state::alive;
  std::vector<std::string> queues;
  std::uint32_t slots = 0;
  std::uint32_t capacity = 0;
  milliseconds heartbeat_age{0};
  std::vector<lease_key> leases;          ///< that it holds
  std::vector<withheld_queue> withheld{}; ///< that it could run, but not now

  bool operator==(const worker_info&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, worker_info& x) {
  return f(x.worker, x.state, x.queues, x.slots, x.capacity, x.heartbeat_age, x.leases, x.withheld);
}

struct workers_listed {
  std::vector<worker_info> workers;

  bool operator==(const workers_listed&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, workers_listed& x) {
  return f(x.workers);
}

} // namespace troupe
