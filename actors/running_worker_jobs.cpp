// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/logging.hpp"
#include "actors/running_worker.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

// One is stored while the next one is collected and sent.
constexpr std::size_t reports_in_flight_max = 2;

// Of an error, in a log line.
constexpr std::size_t logged_error_bytes = 200;

std::vector<lease_key> keys_of(const std::vector<job_outcome>& outcomes) {
  std::vector<lease_key> result;
  result.reserve(outcomes.size());
  for (const auto& x : outcomes)
    result.push_back(x.lease);
  return result;
}

} // namespace

// -- runs -----------------------------------------------------------------------------------------

void running_worker::run(run_jobs& request) {
  if (!hears_from_dispatcher()) {
    spdlog::warn("worker: ignores {} jobs of a dispatcher at which it is not registered",
                 request.jobs.size());
    return;
  }
  look();
  std::vector<handler_run> runs;
  for (auto& job : request.jobs) {
    auto queue = options_.queues.find(job.queue);
    if (draining_ || (queue != options_.queues.end() && withheld_.why(queue->second.handler)))
      leases_.refuse(job, outcome_kind::released, {});
    else if (queue == options_.queues.end())
      leases_.refuse(job, outcome_kind::failed,
                     "worker node '" + options_.id.node + "' does not run queue '" + job.queue
                       + "'");
    else if (!queue->second.run)
      leases_.refuse(job, outcome_kind::failed,
                     "worker node '" + options_.id.node + "' has no handler '"
                       + queue->second.handler + "' for queue '" + job.queue + "'");
    else if (leases_.add(job, queue->second.result_max))
      runs.push_back({std::move(job), queue->second.run});
  }
  if (!runs.empty())
    runner_->start(std::move(runs));
  report();
}

void running_worker::cancel(const std::vector<lease_key>& leases) {
  look(); // what ended before the request came has its own outcome
  stop_runs(leases_.cancel(leases, now()));
}

void running_worker::lose(const std::vector<lease_key>& leases) {
  look();
  auto stopped = leases_.lose(leases, now());
  for (const auto& lease : stopped)
    spdlog::warn("worker: {} was given to somebody else (lease_lost): stopping it",
                 leases_.name_of(lease));
  stop_runs(stopped);
}

void running_worker::stop_runs(const std::vector<lease_key>& leases) {
  for (const auto& lease : leases)
    runner_->stop(lease);
}

void running_worker::look() {
  check_lease();
  for (auto& event : runner_->take_events())
    take(event);
  report();
  drain_on();
}

void running_worker::take(run_event& event) {
  if (event.ended && event.ended->step() && !options_.records)
    event.ended = outcome::failure("worker node '" + options_.id.node
                                   + "' has no access to records: the handler's step cannot be "
                                     "done");
  log(event);
  if (event.ended)
    conclude(event.lease, std::move(*event.ended));
  else
    leases_.started(event.lease, event.at);
}

void running_worker::log(const run_event& event) const {
  const bool failed = event.ended && is_failure(event.ended->kind());
  const auto level = failed ? spdlog::level::info : spdlog::level::debug;
  if (!spdlog::should_log(level))
    return; // most runs are not worth a name
  const auto what = leases_.name_of(event.lease);
  if (!event.ended)
    spdlog::debug("worker: {} begins", what);
  else if (failed)
    spdlog::info("worker: {} ends, {}: {}", what, to_string(event.ended->kind()),
                 event.ended->output().substr(0, logged_error_bytes));
  else
    spdlog::debug("worker: {} ends, {}", what, to_string(event.ended->kind()));
}

void running_worker::check_lease() {
  if (given_up_ || now() < std::max(renewed_ + lease_timeout_, asks_until_))
    return;
  given_up_ = true;
  auto stopped = leases_.give_up(now());
  if (!stopped.empty())
    spdlog::warn("worker: no heartbeat was accepted for {} ms: gives up {} leases (lease_lost)",
                 lease_timeout_.count(), stopped.size());
  stop_runs(stopped);
}

void running_worker::take_progress() {
  for (const auto& progress : runner_->take_progress())
    leases_.progressed(progress, now());
}

void running_worker::stop_overdue() {
  auto orders = leases_.overdue(now());
  for (const auto& lease : orders.stop)
    spdlog::info("worker: {} is out of time: stopping it", leases_.name_of(lease));
  stop_runs(orders.stop);
  abandon(orders);
  if (!orders.stop.empty() || !orders.abandon.empty())
    look();
}

void running_worker::abandon(const held_leases::orders& orders) {
  for (const auto& lease : orders.abandon)
    runner_->abandon(lease);
  for (const auto& name_of_run : orders.abandoned)
    spdlog::error("worker: the handler of {} did not stop within {} ms: its slot is given a new "
                  "thread",
                  name_of_run, options_.cancel_grace.count());
  if (!orders.abandon.empty() && runner_->abandoned() > options_.slots)
    self_->quit(to_caf(
      {errc::unavailable, std::to_string(runner_->abandoned())
                            + " handlers ignored their stop and still run; only a new process can "
                              "get rid of them"}));
}

// -- reports --------------------------------------------------------------------------------------

void running_worker::report() {
  if (link_ != link::registered)
    return;
  // While much ends, a start is not worth a message of its own: most runs are over before it.
  if (reports_in_flight_ < reports_in_flight_max)
    if (auto started = leases_.take_started(); !started.empty())
      self_->send(dispatcher_, start_jobs{options_.id, std::move(started)});
  report_outcomes();
  report_steps();
}

void running_worker::report_outcomes() {
  while (reports_in_flight_ < reports_in_flight_max && leases_.has_outcomes()
         && now() >= report_due_) {
    auto outcomes = leases_.take_outcomes();
    auto keys = keys_of(outcomes);
    ++reports_in_flight_;
    auto attempt = registration_;
    self_
      ->request(dispatcher_, options_.request_timeout,
                finish_jobs{options_.id, capacity(), std::move(outcomes), {}})
      .then(
        [this, attempt, keys](const finish_reply& reply) {
          if (attempt == registration_) {
            --reports_in_flight_;
            report_failures_ = 0;
          }
          finished(keys, reply); // durable is durable, whoever asked
        },
        [this, attempt, keys](const caf::error& why) {
          if (attempt != registration_)
            return;
          --reports_in_flight_;
          finish_failed(keys, why);
        });
  }
}

void running_worker::finished(const std::vector<lease_key>& leases, const finish_reply& reply) {
  for (const auto& lease : reply.lost)
    if (leases_.repeated(lease))
      spdlog::info("worker: the outcome of {} was reported again, and either stored before or "
                   "refused (lease_lost)",
                   leases_.name_of(lease));
    else
      spdlog::warn("worker: the outcome of {} was refused (lease_lost)", leases_.name_of(lease));
  for (const auto& lease : leases)
    leases_.acknowledge(lease);
  drain_progress_ = now();
  look();
}

void running_worker::finish_failed(const std::vector<lease_key>& leases, const caf::error& why) {
  leases_.put_back(leases);
  auto wait = retry_delay(report_failures_);
  report_due_ = now() + wait;
  spdlog::warn("worker: {} outcomes were not taken: {}; sent again in {} ms", leases.size(),
               reason_text(why), wait.count());
  if (from_caf(why).code == errc::lease_lost)
    introduce();
}

// -- drain ----------------------------------------------------------------------------------------

caf::result<caf::ok_atom> running_worker::drain(const drain_worker& request) {
  // Its node waits for the answer, and stops. The dispatcher, for an operator, does not wait.
  const bool waits = self_->current_sender() != nullptr; // no more when there is a promise
  auto promise = self_->make_response_promise<caf::ok_atom>();
  if (waits) {
    drains_.push_back(promise);
    ending_ = true;
  }
  auto until = now() + request.grace;
  drain_until_ = draining_ ? std::min(drain_until_, until) : until;
  if (!draining_) {
    spdlog::info("worker: drains {} runs, within {} ms", leases_.runs(), request.grace.count());
    look();
    draining_ = true;
    drain_progress_ = now();
    settle_doubts();
    stop_runs(leases_.release_waiting(now()));
    if (link_ == link::registered)
      beat(); // says that it takes nothing new
  }
  look();
  return promise;
}

void running_worker::resume() {
  if (!draining_ || ending_)
    return;
  draining_ = drained_ = released_ = false;
  spdlog::info("worker: takes jobs again");
  if (link_ == link::registered)
    beat(); // says what room it has
  look();
}

void running_worker::drain_on() {
  if (!draining_ || (drained_ && drains_.empty()))
    return;
  if (!released_ && now() >= drain_until_) {
    released_ = true;
    stop_runs(leases_.release(now()));
  }
  if (leases_.runs() > 0) {
    drain_progress_ = now();
    return;
  }
  // Who cannot reach the dispatcher loses nothing: the leases end by themselves.
  if (leases_.unacknowledged() > 0 && now() < drain_progress_ + options_.request_timeout)
    return;
  if (!std::exchange(drained_, true))
    spdlog::info("worker: drained, with {} unreported outcomes", leases_.unacknowledged());
  for (auto& promise : std::exchange(drains_, {}))
    promise.deliver(caf::ok_atom::value);
}

} // namespace troupe
