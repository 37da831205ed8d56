// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "messages/lease.hpp"
#include "messages/record_requests.hpp"

namespace troupe {

/// How a handler's run ended, as the handler says it.
class outcome {
public:
  /// Done. `result` is kept with the job, up to the queue's result_max.
  static outcome success(std::string result = {});
  /// Done, if the step can be done with it; see actors/step.hpp for how to make one. Completion,
  /// records and jobs commit together under the epoch of the lease, or none of them does (F24):
  ///
  /// - the step is refused (a schema, a condition, a full queue): the attempt has failed with that
  ///   error, and runs again after the queue's backoff while attempts are left;
  /// - the lease was lost: nothing happened, whoever holds the job now does it;
  /// - nobody answers for records just now: it is tried again while the lease lasts.
  static outcome success(std::string result, job_step step);
  /// Failed; runs again after the queue's backoff while attempts are left.
  static outcome failure(std::string error);
  /// Failed; runs again after `delay` while attempts are left.
  static outcome retry_after(milliseconds delay, std::string error);
  /// Failed, and trying again is useless: the job is dead now.
  static outcome failure_final(std::string error);
  /// Not now: runs again after `delay`. Uses up no attempt.
  static outcome snooze(milliseconds delay);
  /// Gives the job back unharmed, e.g. because it was asked to stop. Uses up no attempt.
  static outcome release();
  /// The same, because the handler cannot even begin on this host: its program, a device or memory
  /// is missing. The node takes no jobs for this handler for a while, and says why.
  static outcome not_started(std::string why);
  /// Failed, because somebody else's signal ended it. If that turns out to be the signal that stops
  /// the node, too, then the job is given back instead.
  static outcome ended_by_signal(std::string error);

  outcome_kind kind() const noexcept { return kind_; }
  const std::string& output() const noexcept { return output_; }
  milliseconds delay() const noexcept { return delay_; }
  bool has_not_started() const noexcept { return cause_ == cause::host; }
  bool is_by_signal() const noexcept { return cause_ == cause::signal; }
  /// What is to happen with the end of the job; null: nothing else.
  const std::shared_ptr<const job_step>& step() const noexcept { return step_; }

private:
  enum class cause : std::uint8_t { handler, host, signal };

  outcome(outcome_kind kind, std::string output, milliseconds delay);

  outcome_kind kind_;
  std::string output_;
  milliseconds delay_;
  cause cause_ = cause::handler;
  std::shared_ptr<const job_step> step_; // shared: it may be large, and is kept until it is done
};

/// What a handler sees of its job. Valid during the call only; usable from the thread that runs
/// the handler and from threads it starts and joins.
class job_context {
public:
  virtual ~job_context() = default;

  job_id id() const noexcept { return job().lease.job; }
  /// Grows with every delivery of any job: write it beside external effects to fence zombies.
  lease_epoch epoch() const noexcept { return job().lease.epoch; }
  /// 1 for the first run.
  std::uint32_t attempt() const noexcept { return job().attempt; }
  const std::string& queue() const noexcept { return job().queue; }
  const std::string& payload() const noexcept { return job().payload; }
  /// W3C `traceparent` of the request behind the job: send it on. Empty: none.
  const std::string& trace_parent() const noexcept { return job().trace_parent; }
  const leased_job& job() const noexcept { return *job_; }

  /// Says that the handler is alive and how far it is. Keeps the progress time-out away and is
  /// shown to people. Cheap: at most one report a heartbeat leaves the process.
  virtual void progress(std::string_view text) = 0;

  /// Stops when the job is cancelled, out of time, lost, or the node ends: return soon. What is
  /// returned then counts only when the node ends, and there a failure counts as a release. A stop
  /// callback runs on the thread that sends the heartbeats and must not block.
  virtual std::stop_token stop_token() const = 0;

protected:
  explicit job_context(const leased_job& job) : job_{&job} {}

private:
  const leased_job* job_;
};

/// Runs one job. Called on a thread of its own among `slots`; may block. An exception is a failure
/// with its text.
using handler = std::function<outcome(job_context&)>;

/// Handlers by name.
using handler_map = std::map<std::string, handler>;

} // namespace troupe
