// SPDX-License-Identifier: Apache-2.0
#include "tests/support/job_traffic.hpp"

#include <algorithm>
#include <caf/event_based_actor.hpp>
#include <fmt/format.h>
#include <iterator>
#include <type_traits>

namespace troupe::test {

namespace {

using namespace std::chrono_literals;

// How late an answer may be: the dispatcher looks after those who wait twice a second.
constexpr milliseconds late_at_once = 50ms;
constexpr milliseconds late_after_wait = 600ms;

/// Then nothing was stored, says the code.
bool is_refusal(const error& why) {
  return why.code != errc::timed_out && why.code != errc::unavailable
         && why.code != errc::shutting_down;
}

template <class T>
std::string answer_text(const result<T>& x) {
  return x ? "ok" : to_string(x.error());
}

std::string list(const std::vector<job_id>& ids) {
  return fmt::format("{}", fmt::join(ids, " "));
}

} // namespace

template <class Answer, class Message>
void job_traffic::call(const std::string& what, Message message, milliseconds wait,
                       std::function<void(result<Answer>&)> then) {
  auto& node = cluster_.net[0];
  const auto late = wait.count() > 0 ? late_after_wait : late_at_once;
  const auto number = cluster_.checker.call(what, node.now() + wait + late);
  cluster_.note(fmt::format("call {}: {}", number, what));
  auto done = [this, what, number, then = std::move(then),
               alive = std::weak_ptr{alive_}](result<Answer> answer) {
    if (alive.expired())
      return;
    cluster_.checker.answered(number);
    cluster_.note(fmt::format("call {} is answered: {}", number, answer_text(answer)));
    if (then)
      then(answer);
  };
  node.system.spawn([=, boss = cluster_.boss()](caf::event_based_actor* asker) {
    asker->request(caf::actor_cast<dispatcher_shell>(boss), caf::infinite, message)
      .then([done](Answer& x) { done(std::move(x)); },
            [done](const caf::error& e) { done(tl::unexpected<error>{from_caf(e)}); });
  });
}

void job_traffic::act(const rates& rate) {
  if (cluster_.net.is_frozen(0))
    return;
  forget_lost_calls();
  auto happens = [&](const std::string& name) { return cluster_.happens(rate, name); };
  if (happens("enqueue"))
    enqueue();
  if (happens("cancel"))
    cancel();
  if (happens("retry"))
    retry();
  if (happens("redrive"))
    redrive();
  if (happens("pause"))
    pause(some_queue(), cluster_.net.chance(0.4));
  if (happens("purge"))
    purge();
  if (happens("await"))
    await();
  if (happens("events"))
    read_events_on();
  if (happens("read"))
    read();
  if (happens("write"))
    write();
  if (happens("odd"))
    make_mistake();
  for (auto& worker : pullers_) {
    if (happens("drain"))
      drain("pull/" + worker.name, cluster_.net.chance(0.4));
    if (!worker.pulling && happens("pull"))
      pull(worker, cluster_.net.chance(0.8) ? "p" : "q", some_wait());
    if (happens("beat"))
      beat(worker);
    for (const auto& lease : std::vector{worker.held})
      if (happens("report"))
        report(worker, lease);
  }
}

void job_traffic::calm() {
  forget_lost_calls();
  const bool remind = calm_ticks_++ % 20 == 0;
  for (const auto* queue : {"q", "p"})
    if (remind)
      pause(queue, false);
  for (auto& worker : pullers_) {
    if (remind)
      drain("pull/" + worker.name, false);
    for (const auto& lease : std::vector{worker.held})
      finish(worker, {lease, outcome_kind::succeeded, end_reason::none, std::to_string(lease.epoch),
                      milliseconds{-1}});
    if (!worker.pulling)
      pull(worker, "p", 0ms);
  }
}

/// Whoever was asked is gone; so are the calls of pull workers, not their jobs.
void job_traffic::forget_lost_calls() {
  if (std::exchange(boss_number_, cluster_.boss_number()) == cluster_.boss_number())
    return;
  last_event_ = 0;
  for (auto& worker : pullers_)
    worker.pulling = false;
}

// -- chance ---------------------------------------------------------------------------------------

std::string job_traffic::some_queue() {
  return cluster_.net.chance(0.7) ? "q" : "p";
}

milliseconds job_traffic::some_wait() {
  return std::array{0ms, 300ms, 2000ms}[cluster_.net.pick(3)];
}

std::vector<job_id> job_traffic::some_jobs(bool ended) {
  std::vector<job_id> candidates, result;
  for (const auto& [id, job] : cluster_.disk->data.jobs)
    if (is_final(job.seen.state) == ended || cluster_.net.chance(0.05))
      candidates.push_back(id);
  for (auto count = 1 + cluster_.net.pick(3); count > 0 && !candidates.empty(); --count) {
    const auto i = candidates.begin() + static_cast<long>(cluster_.net.pick(candidates.size()));
    result.push_back(*i);
    candidates.erase(i);
  }
  if (result.empty() || cluster_.net.chance(0.05))
    result.push_back(999'999); // nobody has such a job
  return result;
}

std::vector<new_job> job_traffic::some_new_jobs(const std::string& payload) {
  auto& net = cluster_.net;
  std::vector<new_job> result(1 + net.pick(5));
  for (auto& x : result) {
    x.payload = payload;
    if (net.chance(0.4))
      x.options.priority = static_cast<std::uint8_t>(net.pick(limits::priority_max + 1));
    if (net.chance(0.2))
      x.options.delay = milliseconds{net.pick(3000)};
    if (net.chance(0.1))
      x.options.max_attempts = 1;
    if (net.chance(0.1))
      x.options.max_losses = 2;
    if (net.chance(0.1))
      x.options.run_timeout = milliseconds{500 + net.pick(2000)};
    if (net.chance(0.1))
      x.tags = {"tag"};
  }
  return result;
}

std::vector<record_write> job_traffic::some_writes() {
  auto& net = cluster_.net;
  std::vector<record_write> result;
  for (auto i = net.pick(10), count = net.pick(3); count > 0; --count, ++i) {
    record_write x;
    x.collection = "photos";
    x.id = "r" + std::to_string(i);
    x.remove = net.chance(0.2);
    x.fields = x.remove ? "" : R"({"a":1})";
    if (net.chance(0.2))
      x.condition.kind = condition_kind::absent;
    x.epoch = 1;
    result.push_back(std::move(x));
  }
  return result;
}

// -- clients and operators ------------------------------------------------------------------------

void job_traffic::enqueue() {
  const auto payload = next_payload();
  enqueue_jobs request{some_queue(), some_new_jobs(payload)};
  const auto what
    = fmt::format("enqueue {} jobs '{}' to '{}'", request.jobs.size(), payload, request.queue);
  call<jobs_enqueued>(what, std::move(request), 0ms,
                      [this, payload](const result<jobs_enqueued>& answer) {
                        if (!answer && is_refusal(answer.error()))
                          cluster_.checker.refused(payload);
                        if (!answer)
                          return;
                        cluster_.checker.acknowledged(payload, answer->count);
                        for (std::uint32_t i = 0; i < answer->count; ++i)
                          cluster_.checker.acknowledged(answer->first + i);
                      });
}

void job_traffic::cancel() {
  const auto ids = some_jobs(false);
  for (auto id : ids)
    cluster_.checker.cancel_asked(id);
  call<jobs_changed>("cancel " + list(ids), cancel_jobs{ids}, 0ms,
                     [this, ids](const result<jobs_changed>& answer) {
                       if (!answer && !is_refusal(answer.error()))
                         return;
                       for (std::size_t i = 0; i < ids.size(); ++i)
                         cluster_.checker.cancel_answered(ids[i], answer && answer->codes[i] == 0);
                     });
}

void job_traffic::retry() {
  const auto ids = some_jobs(true);
  for (auto id : ids)
    cluster_.checker.retry_asked(id);
  call<jobs_changed>("retry " + list(ids), retry_jobs{ids}, 0ms,
                     [this, ids](const result<jobs_changed>& answer) {
                       if (!answer && !is_refusal(answer.error()))
                         return;
                       for (std::size_t i = 0; i < ids.size(); ++i)
                         cluster_.checker.retry_answered(ids[i], answer && answer->codes[i] == 0);
                     });
}

void job_traffic::redrive() {
  const auto limit = static_cast<std::uint32_t>(1 + cluster_.net.pick(5));
  call<jobs_redriven>(fmt::format("redrive {} jobs", limit), redrive_jobs{"q.dead", limit}, 0ms,
                      {});
}

void job_traffic::pause(const std::string& queue, bool paused) {
  call<caf::ok_atom>(fmt::format("{} queue '{}'", paused ? "pause" : "resume", queue),
                     pause_queue{queue, paused}, 0ms, {});
}

void job_traffic::purge() {
  const auto queue = some_queue();
  cluster_.checker.purge_asked(queue);
  call<queue_purged>("purge queue '" + queue + "'",
                     purge_queue{queue, static_cast<std::uint32_t>(1 + cluster_.net.pick(20))}, 0ms,
                     [this, queue](const result<queue_purged>& answer) {
                       if (answer || is_refusal(answer.error()))
                         cluster_.checker.purge_answered(queue);
                     });
}

void job_traffic::await() {
  const auto id = some_jobs(false).front();
  const auto wait = some_wait();
  call<jobs_found>(fmt::format("await job {}", id), await_job{id, wait}, wait, {});
}

void job_traffic::read_events_on() {
  const auto wait = some_wait();
  call<events_read>("read events", read_events{last_event_, 100, wait}, wait,
                    [this](const result<events_read>& answer) {
                      if (answer)
                        last_event_ = answer->next;
                    });
}

void job_traffic::read() {
  switch (cluster_.net.pick(5)) {
  case 0:
    return call<jobs_found>("list jobs", list_jobs{some_queue(), {}, 0, 10}, 0ms, {});
  case 1:
    return call<jobs_found>("get jobs", get_jobs{some_jobs(true), true}, 0ms, {});
  case 2:
    return call<queues_listed>("list queues", list_queues{}, 0ms, {});
  case 3:
    return call<workers_listed>("list workers", list_workers{}, 0ms, {});
  default:
    return call<queues_counted>("count", count_queues{}, 0ms, {});
  }
}

void job_traffic::write() {
  write_records request;
  request.now = cluster_.now();
  request.writes = some_writes();
  const auto what = fmt::format("write {} records", request.writes.size());
  call<records_written>(what, std::move(request), 0ms, {});
}

void job_traffic::drain(const std::string& worker, bool draining) {
  call<caf::ok_atom>(fmt::format("{} {}", draining ? "drain" : "resume", worker),
                     drain_node{worker, draining}, 0ms, {});
}

void job_traffic::make_mistake() {
  auto must_fail = [this](const auto& answer) {
    if (answer)
      cluster_.checker.mistake_taken("what makes no sense");
  };
  enqueue_jobs request{"q", some_new_jobs(next_payload())};
  switch (cluster_.net.pick(6)) {
  case 0:
    request.queue = "nowhere";
    return call<jobs_enqueued>("enqueue to no queue", request, 0ms, must_fail);
  case 1:
    request.jobs.back().options.priority = limits::priority_max + 1;
    return call<jobs_enqueued>("enqueue with priority 10", request, 0ms, must_fail);
  case 2:
    return call<jobs_redriven>("redrive none", redrive_jobs{"q.dead", 0}, 0ms, must_fail);
  case 3:
    return call<queue_purged>("purge no queue", purge_queue{"nowhere", 1}, 0ms, must_fail);
  case 4:
    return call<caf::ok_atom>("drain nobody", drain_node{"nobody", true}, 0ms, must_fail);
  default:
    return call<jobs_pulled>("pull none", pull_jobs{"w0", "p", 0, 0ms}, 0ms, must_fail);
  }
}

// -- pull workers ---------------------------------------------------------------------------------

void job_traffic::pull(puller& worker, const std::string& queue, milliseconds wait) {
  worker.pulling = true;
  const auto limit = static_cast<std::uint32_t>(1 + cluster_.net.pick(3));
  call<jobs_pulled>(fmt::format("{} pulls {} jobs of '{}'", worker.name, limit, queue),
                    pull_jobs{worker.name, queue, limit, wait}, wait,
                    [&worker](const result<jobs_pulled>& answer) {
                      worker.pulling = false;
                      if (answer)
                        for (const auto& x : answer->jobs)
                          worker.held.push_back(x.lease);
                    });
}

void job_traffic::drop(puller& worker, const lease_key& lease) {
  std::erase(worker.held, lease);
  std::erase(worker.to_cancel, lease);
}

void job_traffic::beat(puller& worker) {
  heartbeat message{{worker.name, 0}, 1, worker.held, {}, {}};
  for (const auto& lease : worker.held)
    if (cluster_.net.chance(0.5))
      message.progress.push_back({lease, "on its way"});
  call<heartbeat_reply>(worker.name + " is alive", std::move(message), 0ms,
                        [&worker](const result<heartbeat_reply>& answer) {
                          if (!answer)
                            return;
                          worker.to_cancel = answer->cancelled;
                          for (const auto& lease : answer->lost)
                            drop(worker, lease);
                        });
}

void job_traffic::report(puller& worker, const lease_key& lease) {
  job_outcome outcome{lease, outcome_kind::succeeded, end_reason::none, std::to_string(lease.epoch),
                      milliseconds{-1}};
  switch (cluster_.net.pick(12)) {
  case 0:
    outcome.kind = outcome_kind::failed;
    outcome.output = "no";
    break;
  case 1:
    outcome.kind = outcome_kind::failed_final;
    outcome.output = "for good";
    break;
  case 2:
    outcome.kind = outcome_kind::snoozed;
    outcome.delay = 200ms;
    break;
  case 3:
    outcome.kind = outcome_kind::released;
    break;
  case 4: // it crashed with its job
    return drop(worker, lease);
  case 5:
  case 6:
  case 7:
    return take_step(worker, lease);
  default:
    break;
  }
  if (std::ranges::find(worker.to_cancel, lease) != worker.to_cancel.end())
    outcome.kind = outcome_kind::cancelled;
  finish(worker, std::move(outcome));
}

void job_traffic::finish(puller& worker, job_outcome outcome) {
  const auto lease = outcome.lease;
  const bool succeeded = outcome.kind == outcome_kind::succeeded;
  call<finish_reply>(fmt::format("{} ends job {} of lease {}: {}", worker.name, lease.job,
                                 lease.epoch, to_string(outcome.kind)),
                     finish_jobs{{worker.name, 0}, 1, {std::move(outcome)}, {}}, 0ms,
                     [=, this, &worker](const result<finish_reply>& answer) {
                       if (!answer)
                         return; // it says so again
                       if (answer->lost.empty())
                         cluster_.checker.finished(lease, succeeded, cluster_.disk->data);
                       if (cluster_.net.chance(0.9)) // else it says so again
                         drop(worker, lease);
                     });
}

void job_traffic::take_step(puller& worker, const lease_key& lease) {
  finish_step request;
  request.worker = {worker.name, 0};
  request.outcome = {lease, outcome_kind::succeeded, end_reason::none, std::to_string(lease.epoch),
                     milliseconds{-1}};
  request.writes.writes = some_writes();
  const auto payload = next_payload();
  std::size_t count = 0;
  if (cluster_.net.chance(0.7))
    request.jobs.push_back({some_queue(), some_new_jobs(payload)});
  for (const auto& x : request.jobs)
    count += x.jobs.size();
  const auto what
    = fmt::format("{} ends job {} of lease {} with {} writes and {} jobs '{}'", worker.name,
                  lease.job, lease.epoch, request.writes.writes.size(), count, payload);
  call<step_stored>(what, std::move(request), 0ms,
                    [this, &worker, lease, payload, count](const result<step_stored>& answer) {
                      if (!answer && !is_refusal(answer.error()))
                        return;
                      const bool done = answer && !answer->lost && answer->written.code == 0
                                        && std::ranges::all_of(answer->written.results,
                                                               [](auto& x) { return x.code == 0; });
                      if (!done) {
                        cluster_.checker.refused(payload);
                        return;
                      }
                      cluster_.checker.acknowledged(payload, count);
                      cluster_.checker.finished(lease, true, cluster_.disk->data);
                      drop(worker, lease);
                    });
}

} // namespace troupe::test
