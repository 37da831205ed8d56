// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/typed_event_based_actor.hpp>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/dispatcher.hpp"
#include "actors/event_log.hpp"
#include "actors/lease_table.hpp"
#include "actors/ready_window.hpp"
#include "actors/request_deadlines.hpp"
#include "actors/slot_matcher.hpp"
#include "messages/errors.hpp"

namespace troupe {

namespace test {
class dispatcher_probe;
}

/// What a dispatcher knows and does; dispatcher.cpp is its table of messages. Only its own actor
/// may call it.
class dispatcher_state {
public:
  static inline const char* name = "dispatcher";

  explicit dispatcher_state(dispatcher_shell::pointer self) : self_{self} {}
  /// Answers those who wait for something to happen: nobody else would.
  ~dispatcher_state();
  dispatcher_state(const dispatcher_state&) = delete;
  dispatcher_state& operator=(const dispatcher_state&) = delete;

  // -- life (dispatcher_state.cpp)
  void start(dispatcher_options options);
  void tick();
  /// True once the shard has been read; until then requests are refused.
  bool open() const noexcept { return incarnation_ != 0; }

  // -- clients (dispatcher_clients.cpp)
  caf::result<jobs_enqueued> enqueue(enqueue_jobs& request);
  caf::result<jobs_found> get(const get_jobs& request);
  caf::result<jobs_found> list(const list_jobs& request);
  caf::result<jobs_changed> cancel(const cancel_jobs& request);
  caf::result<jobs_changed> retry(const retry_jobs& request);
  caf::result<jobs_redriven> redrive(const redrive_jobs& request);
  caf::result<events_read> events(const read_events& request);
  queues_listed queues() const;
  workers_listed workers() const;
  queues_counted count() const;

  void answer_readers(bool expired_only);

  // -- queues and waiting for ends (dispatcher_queues.cpp)
  caf::result<caf::ok_atom> pause(const pause_queue& request);
  caf::result<queue_purged> purge_waiting(const purge_queue& request);
  caf::result<jobs_found> wait_for_end(const await_job& request);

  // -- the flow of jobs (dispatcher_flow.cpp)
  void match();
  void promote(timestamp armed);

  // -- workers (dispatcher_workers.cpp)
  caf::result<worker_registered> enlist(const register_worker& request, const worker_actor& handle);
  caf::result<heartbeat_reply> renew(const heartbeat& beat);
  void started(const start_jobs& report);
  caf::result<finish_reply> finish(finish_jobs& report);
  caf::result<caf::ok_atom> drain(const drain_node& request);
  void down(const caf::actor_addr& address);

  // -- pull workers (dispatcher_pulls.cpp)
  caf::result<jobs_pulled> pull(const pull_jobs& request);

  // -- records (dispatcher_records.cpp)
  caf::result<records_written> write(write_records& request);
  caf::result<step_stored> finish_with_step(finish_step& request);

private:
  /// Compares what is here with the store, and with its bounds.
  friend class test::dispatcher_probe;

  struct queue_state {
    queue_settings settings;
    queue_depths depths;
    ready_window window;
    std::uint64_t inserting = 0; ///< jobs that wait for the disk
    timestamp next_due{};        ///< of scheduled and retrying jobs; 1970: none
    bool promoting = false;
    bool purging = false;
    bool paused = false;
    bool pulled = false;             ///< a pull worker asked for its jobs
    std::set<std::uint64_t> pulls{}; ///< calls that wait for its jobs, oldest first
    queue_counts counts{};
  };

  struct event_reader {
    caf::typed_response_promise<events_read> promise;
    std::uint64_t after;
    std::uint32_t limit;
    time_point until;
    std::vector<std::string> queues; ///< only of these; empty: of all
  };

  /// Somebody who waits for a job to be final.
  struct job_wait {
    caf::typed_response_promise<jobs_found> promise;
    time_point until;
    std::uint64_t number;            ///< no other has it
    std::vector<std::string> queues; ///< jobs of others are unknown to it; empty: of none
  };

  /// A call that waits for jobs to lease.
  struct waiting_pull {
    caf::typed_response_promise<jobs_pulled> promise;
    worker_record taker; ///< as which it takes part in matching: its incarnation is the call's
    std::uint32_t limit;
    time_point until;
    caf::actor_addr asker;
    std::size_t queue = 0;
    std::uint32_t granting = 0; ///< jobs that wait for the store; then it gets no more
    std::size_t bytes = 0;      ///< of their payloads
  };

  struct pull_worker {
    std::uint64_t number; ///< under which it holds leases
    std::size_t queue;    ///< from which it took jobs last
    time_point seen;
    bool draining = false;
    std::string caller{};            ///< who named it first; empty: a lease did
    std::set<std::uint64_t> calls{}; ///< that wait
  };

  /// Room that jobs take until the store has answered.
  struct reservation {
    std::map<std::size_t, std::uint64_t> jobs; ///< by queue
    std::size_t bytes = 0;
  };

  using cancelled_function = std::function<void(jobs_changed, const caf::error&)>;
  using ended_function = std::function<void(const std::vector<lease_key>& lost, const caf::error&)>;

  time_point now() const { return self_->clock().now(); }
  timestamp wall() const { return options_.env.now(); }

  // -- life
  void opened(shard_opened& shard);
  void adopt_stored(stored_lease& stored, std::size_t queue);
  /// Frees leases of queues that are not declared any more: nobody here could ever end them.
  void release_undeclared(const std::vector<stored_lease>& leases);
  /// A change was not confirmed by the store. Definite refusals are left to the caller; after
  /// anything else the picture is in doubt and the actor ends. Reads change nothing: their failures
  /// are their callers' alone.
  void doubt(const caf::error& why);
  /// The store knows something else than this picture: the actor ends.
  void distrust(const std::string& why);
  /// Jobs of a queue went from one state to another; nothing: they came from, or went, elsewhere.
  /// Every change of a depth is made here.
  void move_depth(std::size_t queue, std::optional<job_state> from, std::optional<job_state> to,
                  std::uint64_t count = 1);
  void watch_workers();
  /// This process did not run for a while: nobody could be heard, so nobody was silent.
  void notice_gap();
  void take_overdue();
  void purge(std::size_t queue);

  // -- the flow of jobs
  void match_soon();
  void granted(const std::vector<lease_key>& keys, const leases_granted& reply);
  void grant_failed(const std::vector<lease_key>& keys);
  void give_to(lease_record& record, std::uint64_t taker);
  /// Makes a lease for a worker of this round, which the store is asked to grant.
  void lease_to(std::size_t queue, ready_job job, std::uint64_t taker, bool alone,
                std::vector<lease_key>& keys, grant_leases& request);

  // -- jobs that may kill their workers (dispatcher_suspects.cpp)
  bool is_suspected(std::size_t queue, const ready_job& job) const;
  /// Looks for empty workers, and keeps one free until it is empty.
  void match_suspects(std::vector<lease_key>& keys, grant_leases& request);
  bool can_deliver(const lease_record& record) const;
  void hand_over(std::uint64_t worker, std::vector<leased_job> jobs);
  void read_more(std::size_t queue);
  void make_ready(std::size_t queue, ready_job job);
  /// Asks the store to end leases that are in the table. `done` hears which it refused as stale,
  /// or, with an error, that nothing was ended.
  void end(std::vector<lease_end> ends, ended_function done);
  void ended(const lease_end& end);
  /// The store did not end a lease: it goes on.
  void hold_again(const lease_key& lease);
  /// Takes leases away from their holders.
  void take(const std::vector<job_id>& jobs, end_reason reason);
  /// The same, after the loss of their workers: those that had begun pay for it.
  void take_lost(const std::vector<job_id>& jobs);
  void take_as(std::vector<lease_end> ends);
  bool may_be_taken(const lease_record& record) const;
  void arm_due(std::size_t queue, timestamp due);
  void promoted(std::size_t queue, jobs_promoted& reply);

  // -- clients
  /// A dead-letter queue that nobody works on: jobs come into it by dying only.
  bool is_resting_place(std::size_t queue) const;
  std::optional<error> refusal(const enqueue_jobs& request) const;
  std::optional<error> no_room(std::size_t queue, std::uint64_t count, std::size_t bytes) const;
  static std::size_t bytes_of(const std::vector<new_job>& jobs);
  static ready_job make_ready_job(const insert_jobs& stored, std::size_t i);
  void request_cancel(lease_record& record);
  void cancel_in_store(std::vector<job_id> ids, cancelled_function done);
  errc cancelled_in_store(job_id id, const job_update& update);
  template <class Request>
  caf::result<jobs_found> read_jobs(const Request& request);
  /// Whoever looks at jobs sees which limits they have, not which ones they brought.
  void show_limits(jobs_found& found) const;

  // -- waiting for ends
  void wake(job_id id);
  void end_waits();
  void answer_waits(job_id id, std::vector<job_wait> waits);

  // -- workers
  void worker_down(const caf::actor_addr& address);
  worker_record* hear(const worker_id& id, std::uint32_t capacity);
  void forget_worker(std::uint64_t incarnation);
  std::vector<lease_key> adopt_claimed(const register_worker& request);
  /// Whether somebody who may name leases of these queues only (none: of all) may name this one.
  bool may_name(const std::vector<std::string>& queues, const lease_record& record) const;
  /// The handler runs from now on.
  void begin(lease_record& record);

  // -- pull workers
  /// Null: there are too many, in all or of this caller.
  pull_worker* hear_puller(const std::string& node, std::size_t queue, const std::string& caller);
  void admit_pulls(std::size_t most);
  std::set<std::uint64_t> pulls_of(const std::vector<lease_key>& keys) const;
  /// The store has answered: they get what it granted, or go on waiting.
  void answer_pulls(const std::set<std::uint64_t>& pulls,
                    std::map<std::uint64_t, std::vector<leased_job>>& jobs);
  void end_pulls();
  /// Whoever wants no wait gets no jobs now, if neither the store is asked for
  /// their own nor for more.
  void answer_impatient();
  void asker_down(const caf::actor_addr& address);
  heartbeat_reply renew_pulled(const heartbeat& beat);
  void forget_pullers();
  using waiting_pulls = std::map<std::uint64_t, waiting_pull>;
  /// Removes a call; returns what comes after it.
  waiting_pulls::iterator forget_pull(waiting_pulls::iterator call);
  /// Answers it with no jobs, too.
  waiting_pulls::iterator end_pull(waiting_pulls::iterator call);
  worker_info describe(const std::string& node, const pull_worker& worker) const;

  // -- records
  void reserve(std::size_t queue, std::uint64_t count, std::size_t bytes, reservation& room);
  void release(const reservation& room);
  std::optional<error> reserve_hooks(write_records& request, reservation& room);
  std::optional<error> reserve_jobs(const std::vector<enqueue_jobs>& lists, reservation& room);
  std::optional<error> reserve_step(finish_step& request, const lease_record& record,
                                    reservation& room);
  std::vector<insert_jobs> number_jobs(std::vector<enqueue_jobs>& lists, timestamp now);
  void step_ended(const lease_end& end, std::vector<stored_job>& jobs, step_stored& answer);
  void adopt_jobs(std::vector<stored_job>& jobs);
  /// Jobs that a change of records brings may be in the store before the owners of the records know
  /// of the change: they are not handed out before it is answered.
  void hold(const std::vector<job_id>& jobs);
  void let_go(const std::vector<job_id>& jobs);
  /// Lets them go when the owners of what was written know of it.
  void let_go_when_known(const std::vector<job_id>& jobs, const std::vector<record_key>& keys,
                         const records_written& written);

  // -- what metrics show (dispatcher_counts.cpp)
  void count_event(std::size_t queue, job_event_kind kind);
  void count_start(const lease_record& record);
  void count_end(const lease_record& record, end_reason reason);

  // -- small things
  /// Silence after which leases end: the worker's own count and a margin, so that it gives up
  /// first.
  milliseconds silence() const;
  /// Silence after which a worker gets no new work.
  milliseconds suspect_after() const;
  std::optional<std::size_t> find_queue(const std::string& queue_name) const;
  /// Somebody may take its jobs: the window must follow the store.
  bool is_served(std::size_t queue) const;
  std::uint64_t& depth(std::size_t queue, job_state state);
  lease_epoch next_epoch();
  void resolve_timeouts(lease_record& record) const;
  void emit(std::optional<std::size_t> queue, job_event_kind kind, lease_key lease,
            std::uint32_t attempt, const std::string& node, end_reason reason);

  dispatcher_shell::pointer self_;
  request_deadlines deadlines_;
  dispatcher_options options_;
  std::uint64_t incarnation_ = 0;
  std::uint64_t leases_made_ = 0;
  job_id next_job_ = 0;
  std::vector<queue_state> queues_;
  std::map<std::string, std::size_t> queue_index_;
  lease_table leases_;
  std::map<std::uint64_t, worker_record> workers_; ///< by incarnation
  std::map<std::uint64_t, worker_actor> handles_;  ///< of the connected ones
  std::map<caf::actor_addr, std::uint64_t> addresses_;
  std::optional<slot_matcher> matcher_;
  /// Taken out of their windows until a worker is free for them alone, by id.
  std::map<job_id, std::pair<std::size_t, ready_job>> suspects_;
  std::optional<event_log> events_;
  std::deque<event_reader> readers_;
  std::multimap<job_id, job_wait> job_waits_;
  std::uint64_t job_waits_made_ = 0;
  waiting_pulls pulls_;                                ///< by the incarnation of their takers
  std::set<std::uint64_t> impatient_;                  ///< of them, those without a wait
  std::map<std::string, pull_worker> pullers_;         ///< by "pull/" and name
  std::map<std::string, std::size_t> callers_pullers_; ///< how many of each caller; none of ""
  std::set<caf::actor_addr> askers_;                   ///< who ever pulled and lives
  /// Jobs that are not to be handed out yet; with their queues, if it was their turn already.
  std::unordered_map<job_id, std::optional<std::pair<std::size_t, ready_job>>> held_;
  std::mt19937_64 engine_;
  std::size_t unstored_bytes_ = 0;
  std::size_t grants_in_flight_ = 0;
  bool match_pending_ = false;
  bool readers_pending_ = false;
  bool storage_stalled_ = false; ///< the last grant failed: the next tick tries again
  timestamp due_armed_{};        ///< when the due timer fires; 1970: it is not armed
  std::uint64_t ticks_ = 0;
  time_point ticked_{}; ///< when the last tick was
};

} // namespace troupe
