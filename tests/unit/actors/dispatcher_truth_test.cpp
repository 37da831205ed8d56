// SPDX-License-Identifier: Apache-2.0
#include <caf/send.hpp>

#include "tests/support/dispatching.hpp"

/// What a dispatcher makes of what the store says, of what it does not say, and of what the one
/// before it left behind.
namespace dispatcher_truth_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

struct truthful : dispatching {
  /// A job that runs on "n1", and somebody asked to cancel.
  struct cancelled_run {
    job_id job;
    scripted worker;
    lease_key lease;
  };

  cancelled_run cancel_a_run() {
    begin();
    const auto id = enqueue(1).front();
    auto worker = join("n1", 1);
    const auto lease = worker.seen->runs.at(0).lease;
    cancel(id);
    worker.seen->cancels.clear();
    return {id, std::move(worker), lease};
  }

  void check_cancelled(job_id id) {
    CHECK(look(id).state == job_state::cancelled);
    CHECK(depths() == queue_depths{0, 0, 0, 0, 0, 0, 1});
  }

  /// Calls itself by the same number as before, and holds what it says.
  result<worker_registered> return_as(const scripted& worker, std::vector<lease_key> leases) {
    auto reply = enlist(worker, 1, std::move(leases));
    settle();
    return reply;
  }

  void cancel(job_id id) {
    auto reply = ask<jobs_changed>(boss, cancel_jobs{{id}});
    REQUIRE(reply);
    REQUIRE(reply->codes == std::vector<std::uint16_t>{0});
  }

  bool lives() {
    self->monitor(boss);
    bool ended = false;
    self->receive([&](const caf::down_msg&) { ended = true; }, caf::after(0s) >> [] {});
    return !ended;
  }

  /// A store that answers everything but this read.
  template <class Read, class Answer>
  void silence() {
    auto real = storage;
    options.repository = caf::actor_cast<repository_actor>(
      system.spawn([real](caf::event_based_actor* self) -> caf::behavior {
        auto kept = std::make_shared<std::vector<caf::typed_response_promise<Answer>>>();
        return {[=](const Read&) {
                  kept->push_back(self->make_response_promise<Answer>());
                  return kept->back();
                },
                [=](open_shard& x) { return self->delegate(real, std::move(x)); },
                [=](insert_jobs& x) { return self->delegate(real, std::move(x)); },
                [=](grant_leases& x) { return self->delegate(real, std::move(x)); },
                [=](purge_jobs& x) { return self->delegate(real, std::move(x)); }};
      }));
    options.storage_timeout = 2s;
  }
};

} // namespace

// -- cancels --------------------------------------------------------------------------------------

TEST_CASE_METHOD(truthful, "J1: a running job's cancel outlives the dispatcher that took it") {
  const auto [id, worker, lease] = cancel_a_run();

  restart();
  REQUIRE(return_as(worker, {lease}));

  CHECK(worker.seen->cancels == std::vector{lease}); // it may have been frozen the first time
  CHECK(beat(worker, {lease})->cancelled == std::vector{lease});
  REQUIRE(finish(worker, lease, outcome_kind::released));
  check_cancelled(id);
}

TEST_CASE_METHOD(truthful, "J1: a job that was to be cancelled is not handed out again") {
  const auto run = cancel_a_run();

  restart();
  auto second = join("n2", 1);
  advance(options.lease_timeout + 3s);

  CHECK(second.seen->runs.empty());
  check_cancelled(run.job);
}

TEST_CASE_METHOD(truthful, "J1: a cancel that comes after its job's failure was judged holds") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  job_outcome outcome{worker.seen->runs.at(0).lease, outcome_kind::failed, end_reason::none, "no",
                      milliseconds{-1}};
  auto finished = request<finish_reply>(boss, finish_jobs{worker.id, 1, {outcome}, {}});
  auto cancelled = request<jobs_changed>(boss, cancel_jobs{ids});
  settle();

  REQUIRE(cancelled->has_value());
  CHECK((*cancelled)->value().codes == std::vector<std::uint16_t>{0});
  check_cancelled(ids[0]);
}

TEST_CASE_METHOD(truthful, "a cancel that cannot be stored asks nobody to stop") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  const auto lease = worker.seen->runs.at(0).lease;
  disk->failure = error{errc::storage_full, "no space"};
  auto refused = ask<jobs_changed>(boss, cancel_jobs{ids});
  disk->failure.reset();

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::storage_full);
  CHECK(worker.seen->cancels.empty());
  CHECK(beat(worker, {lease})->cancelled.empty());
  REQUIRE(finish(worker, lease, outcome_kind::failed));
  CHECK(look(ids[0]).state == job_state::retrying);
}

// -- losses ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(truthful, "a lease that never left the control node costs its job no loss") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);

  restart(); // as if it had ended between the commit and the delivery
  REQUIRE(return_as(worker, {}));

  CHECK(worker.seen->runs.size() == 2);
  CHECK(worker.seen->runs.back().attempt == 1);
  CHECK(look(ids[0]).counters.losses == 0);
}

TEST_CASE_METHOD(truthful, "a lease that an earlier start of the worker held is lost") {
  begin();
  auto ids = enqueue(1);
  join("n1", 1);

  restart();
  auto worker = join("n1", 1);

  CHECK(worker.seen->runs.size() == 1);
  CHECK(look(ids[0]).counters.losses == 1);
}

// -- what the store says --------------------------------------------------------------------------

TEST_CASE_METHOD(truthful, "a dispatcher that the store contradicts starts afresh") {
  begin();
  enqueue(2);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs.at(0).lease;
  disk->data.jobs.at(lease.job).held->epoch += 1;
  REQUIRE(lives());

  auto reply = finish(worker, lease, outcome_kind::succeeded);

  REQUIRE(reply);
  CHECK(reply->lost == std::vector{lease});
  bool ended = false;
  self->receive([&](const caf::down_msg&) { ended = true; }, caf::after(0s) >> [] {});
  CHECK(ended);
  begin();
  CHECK(depths().ready + depths().running + depths().scheduled == 2); // nothing is lost
}

TEST_CASE_METHOD(truthful, "a read that is not answered ends no dispatcher") {
  silence<get_jobs, jobs_found>();
  begin();
  auto ids = enqueue(1);
  REQUIRE(lives());

  auto waiting = request<jobs_found>(boss, await_job{ids[0], 30s});
  advance(5s);

  REQUIRE(waiting->has_value());
  CHECK((**waiting).error().code == errc::timed_out);
  CHECK(lives());
  CHECK(depths().ready == 1);
}

TEST_CASE_METHOD(truthful, "a list that is not answered ends no purge's dispatcher") {
  silence<list_jobs, jobs_found>();
  begin();
  enqueue(1);

  auto purged = request<queue_purged>(boss, purge_queue{"q", 10});
  advance(5s);

  REQUIRE(purged->has_value());
  CHECK((**purged).error().code == errc::timed_out);
  CHECK(lives());
}

// -- bounds ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(truthful, "a purge cancels nothing that was enqueued after it began") {
  begin();
  enqueue(3);
  auto first = ask<queue_purged>(boss, purge_queue{"q", 2});
  REQUIRE(first);
  CHECK(first->cancelled == 2);
  CHECK(first->more);
  enqueue(2);

  auto second = ask<queue_purged>(boss, purge_queue{"q", 2, first->up_to});

  REQUIRE(second);
  CHECK(second->cancelled == 1);
  CHECK_FALSE(second->more);
  CHECK(second->up_to == first->up_to);
  CHECK(second->left == 2);
  CHECK(depths().ready == 2);
}

TEST_CASE_METHOD(truthful, "S2: a reader of events that would wait for ever is answered in time") {
  begin();
  auto start = ask<events_read>(boss, read_events{});
  auto waiting = request<events_read>(boss, read_events{start->next, 100, milliseconds::max()});
  settle();
  CHECK_FALSE(waiting->has_value());

  advance(61s, 100ms);

  REQUIRE(waiting->has_value());
  CHECK((*waiting)->value().events.empty());
}

TEST_CASE_METHOD(truthful, "S2: thousands of waiting pulls get jobs in their order") {
  constexpr std::size_t pulls = 3000;
  begin();
  std::vector<answer<jobs_pulled>> waiting;
  for (std::size_t i = 0; i < pulls; ++i)
    waiting.push_back(request<jobs_pulled>(boss, pull_jobs{"w" + std::to_string(i), "q", 1, 50s}));
  settle();
  CHECK(ask<queues_listed>(boss, list_queues{})->queues.at(0).workers == pulls);

  enqueue(1200);
  settle();

  for (std::size_t i = 0; i < pulls; ++i)
    CHECK(waiting[i]->has_value() == (i < 1200));
  auto listed = ask<workers_listed>(boss, list_workers{});
  REQUIRE(listed);
  CHECK(listed->workers.size() == pulls);
  advance(51s, 100ms);
  for (const auto& x : waiting)
    CHECK(x->has_value());
  advance(122s, 1s); // who neither holds nor asks for anything is forgotten
  CHECK(ask<workers_listed>(boss, list_workers{})->workers.empty());
}

} // namespace dispatcher_truth_test
