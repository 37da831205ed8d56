// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/handler.hpp"
#include "messages/lease.hpp"

namespace troupe {

/// The leases that a worker holds, and what becomes of them: how each run ends, what is still to be
/// reported, which run is out of time. Pure state: no actor, no clock, no threads.
///
/// A lease has two lives. Its *run* is over when the runner says so, or when it is given up. Its
/// *outcome* is decided once, when the run is over, and kept until the dispatcher has acknowledged
/// it: the next attempt must not begin beside this one. A lost lease has none.
class held_leases {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `cancel_grace`: from asking a handler to stop until it is given up.
  explicit held_leases(milliseconds cancel_grace) : cancel_grace_{cancel_grace} {}

  /// What the runner must be told.
  struct orders {
    std::vector<lease_key> stop;
    std::vector<lease_key> abandon;
    std::vector<std::string> abandoned; ///< their names: nothing may be left of them here
  };

  // -- a run's way

  /// Takes a lease over for a run. False, and no change, if it is held already.
  bool add(const leased_job& job, std::uint64_t result_max);

  /// Takes a lease over and decides its outcome: it will not run.
  void refuse(const leased_job& job, outcome_kind kind, std::string text);

  void started(const lease_key& lease, time_point at);
  void progressed(const lease_progress& progress, time_point now);
  void ended(const lease_key& lease, const outcome& how);

  // -- stopping; each returns the runs to stop

  /// Somebody wants these cancelled.
  std::vector<lease_key> cancel(const std::vector<lease_key>& leases, time_point now);

  /// The dispatcher says that these belong to somebody else: their outcomes are worth nothing.
  /// Outcomes that are on their way already are left to the answer to them; a step that waits to be
  /// sent again is dropped.
  std::vector<lease_key> lose(const std::vector<lease_key>& leases, time_point now);

  /// The dispatcher may have thought so for some time: claims no lease any more. What still runs
  /// is reported when it ends, for the dispatcher to decide.
  std::vector<lease_key> give_up(time_point now);

  /// The worker stops: hands back what runs.
  std::vector<lease_key> release(time_point now);

  /// Hands back what has not begun.
  std::vector<lease_key> release_waiting(time_point now);

  /// Runs that are out of time, or did not stop when they were asked to.
  orders overdue(time_point now);

  // -- reporting

  /// Leases to renew: undecided ones that were not given up, and unacknowledged ones.
  std::vector<lease_key> claims() const;

  /// The last text of those that reported progress since the last call.
  std::vector<lease_progress> take_progress();

  /// Runs that began since the last call, and still run.
  std::vector<lease_key> take_started();

  /// Outcomes to report, in the order in which they were decided, within the limits of a message.
  std::vector<job_outcome> take_outcomes();

  bool has_outcomes() const noexcept { return !outbox_.empty(); }

  /// An outcome that is to be committed with a step, alone in its message.
  struct outcome_with_step {
    job_outcome outcome;
    std::shared_ptr<const job_step> step;
  };

  /// The next one of these. It is put back and acknowledged like the others.
  outcome_with_step take_step();

  bool has_steps() const noexcept { return !steps_.empty(); }

  /// The step was refused: the outcome is a failure instead, and reported as such.
  void refuse_step(const lease_key& lease, std::string text);

  /// The dispatcher has answered for this one. False if it is not new.
  bool acknowledge(const lease_key& lease);

  /// Of a lease that is held; empty: it is not.
  std::string queue_of(const lease_key& lease) const;

  /// The delivery as log lines name it.
  std::string name_of(const lease_key& lease) const;

  /// Whether an outcome was taken more than once.
  bool repeated(const lease_key& lease) const;

  /// These were not answered: they will be taken again.
  void put_back(const std::vector<lease_key>& leases);

  /// No answer is to be expected any more, or somebody else listens: everything unacknowledged but
  /// steps, which others answer, and every run that began, will be taken again.
  void put_back_all();

  // -- counting

  /// Runs that are not over.
  std::size_t runs() const noexcept { return runs_; }
  /// Runs whose lease is over: they fill a slot that the dispatcher does not count.
  std::size_t zombies() const noexcept;
  /// Outcomes that are not acknowledged.
  std::size_t unacknowledged() const noexcept { return unacknowledged_; }

private:
  enum class report : std::uint8_t {
    undecided,
    queued,  ///< in the outbox
    sent,    ///< waits for its acknowledgement
    nothing, ///< acknowledged, or worth nothing
  };

  struct held_lease {
    std::string queue;
    std::string trace_parent;
    milliseconds run_timeout{0};
    milliseconds progress_timeout{0}; ///< 0: off
    std::uint64_t result_max = 0;
    bool has_run = false; ///< the runner has it
    bool started = false;
    bool claimed = true;                   ///< until it is given up
    end_reason stopped = end_reason::none; ///< why the run was asked to stop
    time_point begun{};
    time_point active{};  ///< when the run began, or last reported progress
    time_point give_up{}; ///< when a stopped run is given up
    std::string progress;
    bool has_progress = false;
    report stage = report::undecided;
    std::uint32_t taken = 0; ///< how often its outcome was taken
    job_outcome result;
    std::shared_ptr<const job_step> step; ///< to be committed with the outcome; null: none
  };

  using iterator = std::map<lease_key, held_lease>::iterator;

  bool ask_to_stop(held_lease& x, end_reason why, time_point now) const;
  std::vector<lease_key> stop_if(end_reason why, time_point now, bool (*chosen)(const held_lease&));
  void decide(iterator i, outcome_kind kind, end_reason reason, std::string output,
              milliseconds delay);
  void conclude(iterator i, const outcome& how);
  std::deque<lease_key>& outbox_of(const held_lease& x) { return x.step ? steps_ : outbox_; }
  bool check_time(held_lease& x, time_point now) const;
  static std::string time_out_text(const held_lease& x);
  void end_run(iterator i);
  void forget_if_over(iterator i);

  milliseconds cancel_grace_;
  std::map<lease_key, held_lease> leases_; // ordered: messages must not depend on a hash
  std::deque<lease_key> outbox_;
  std::deque<lease_key> steps_; ///< the same of those with a step
  std::vector<lease_key> started_;
  std::size_t runs_ = 0;
  std::size_t unacknowledged_ = 0;
};

} // namespace troupe
