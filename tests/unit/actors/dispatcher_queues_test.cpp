// SPDX-License-Identifier: Apache-2.0
#include "tests/support/dispatching.hpp"

namespace dispatcher_queues_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::literals;

namespace {

struct with_queues : dispatching {
  result<caf::ok_atom> pause(bool paused) {
    auto reply = ask<caf::ok_atom>(boss, pause_queue{"q", paused});
    settle();
    return reply;
  }

  bool is_paused() { return ask<queues_listed>(boss, list_queues{})->queues[0].paused; }

  answer<jobs_found> wait_for(job_id id, milliseconds wait) {
    auto reply = request<jobs_found>(boss, await_job{id, wait});
    settle();
    return reply;
  }
};

} // namespace

TEST_CASE_METHOD(with_queues,
                 "the age of the oldest dead letter is told, after a restart as well") {
  const auto age
    = [this] { return ask<queues_listed>(boss, list_queues{})->queues[1].oldest_ready; };
  begin();
  enqueue(2);
  auto worker = join("n1", 2);
  CHECK(age() == 0ms);
  for (std::size_t i = 0; i < 2; ++i) {
    REQUIRE(finish(worker, worker.seen->runs[i].lease, outcome_kind::failed_final, 2));
    advance(3s);
  }
  CHECK(age() == 6s);
  restart();
  CHECK(age() == 6s);
  REQUIRE(ask<jobs_redriven>(boss, redrive_jobs{"q.dead", 1}));
  settle();
  CHECK(age() == 3s);
  REQUIRE(ask<jobs_redriven>(boss, redrive_jobs{"q.dead", 1}));
  settle();
  CHECK(age() == 0ms);
}

TEST_CASE_METHOD(with_queues, "when the first dead letter is purged, the next one's age is told") {
  const auto age
    = [this] { return ask<queues_listed>(boss, list_queues{})->queues[1].oldest_ready; };
  begin();
  enqueue(1);
  enqueue(1, {.priority = limits::priority_max});
  auto worker = join("n1", 2);
  for (auto i : {1U, 0U}) { // the urgent one, which came first, dies last
    REQUIRE(finish(worker, worker.seen->runs.at(i).lease, outcome_kind::failed_final, 2));
    advance(3s);
  }
  CHECK(age() == 3s);

  REQUIRE(ask<queue_purged>(boss, purge_queue{"q.dead", 1})); // the newest
  settle();

  CHECK(age() == 6s);
}

// -- pausing --------------------------------------------------------------------------------------

TEST_CASE_METHOD(with_queues, "a paused queue takes jobs, hands none out, and lets runs end") {
  begin();
  enqueue(1);
  auto worker = join("n1", 4);
  REQUIRE(worker.seen->runs.size() == 1);
  REQUIRE(pause(true));
  CHECK(is_paused());
  enqueue(2);
  CHECK(worker.seen->runs.size() == 1);
  REQUIRE(finish(worker, worker.seen->runs[0].lease, outcome_kind::succeeded, 4));
  CHECK(depths().succeeded == 1);
  CHECK(worker.seen->runs.size() == 1);
  REQUIRE(pause(false));
  CHECK(worker.seen->runs.size() == 3);
  CHECK(!is_paused());
}

TEST_CASE_METHOD(with_queues, "a queue stays paused when the dispatcher restarts") {
  begin();
  REQUIRE(pause(true));
  enqueue(1);
  restart();
  CHECK(is_paused());
  auto worker = join("n1", 1);
  CHECK(worker.seen->runs.empty());
  REQUIRE(pause(false));
  CHECK(worker.seen->runs.size() == 1);
}

TEST_CASE_METHOD(with_queues, "a queue whose pause cannot be stored goes on") {
  begin();
  disk->failure = error{errc::storage_full, "no space"};
  CHECK(pause(true).error().code == errc::storage_full);
  disk->failure.reset();
  CHECK(!is_paused());
  CHECK(ask<caf::ok_atom>(boss, pause_queue{"nowhere", true}).error().code == errc::unknown_queue);
}

// -- purging --------------------------------------------------------------------------------------

TEST_CASE_METHOD(with_queues, "a purge cancels what waits, in portions, and not what runs") {
  begin();
  auto worker = join("n1", 1);
  enqueue(5);
  enqueue(1, {.delay = 1h});
  REQUIRE(worker.seen->runs.size() == 1);
  auto first = ask<queue_purged>(boss, purge_queue{"q", 3});
  REQUIRE(first);
  CHECK(first->cancelled == 3);
  CHECK(first->left == 2);
  auto second = ask<queue_purged>(boss, purge_queue{"q", 3});
  REQUIRE(second);
  CHECK(second->cancelled == 2);
  CHECK(second->left == 0);
  CHECK(depths() == queue_depths{0, 0, 1, 0, 0, 0, 5});
  CHECK(worker.seen->cancels.empty());
  REQUIRE(finish(worker, worker.seen->runs[0].lease, outcome_kind::succeeded));
  CHECK(worker.seen->runs.size() == 1);
  CHECK(ask<queue_purged>(boss, purge_queue{"q", 0}).error().code == errc::invalid_argument);
}

// -- waiting for an end ---------------------------------------------------------------------------

TEST_CASE_METHOD(with_queues, "who waits for a job is answered when it ends") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto first = wait_for(ids[0], 30s);
  auto second = wait_for(ids[0], 30s);
  CHECK(!*first);
  REQUIRE(finish(worker, worker.seen->runs[0].lease, outcome_kind::succeeded));
  settle();
  REQUIRE(*first);
  REQUIRE(*second);
  CHECK(first->value()->jobs.at(0).result == "out");
  CHECK(second->value()->jobs.at(0).state == job_state::succeeded);
  auto late = wait_for(ids[0], 30s);
  REQUIRE(*late);
  CHECK(late->value()->jobs.at(0).result == "out");
}

TEST_CASE_METHOD(with_queues, "whoever looks at a job sees the limits that are in force") {
  options.queues[0].max_attempts = 4;
  options.queues[0].run_timeout = 1h;
  begin();
  const auto id = enqueue(1, {.run_timeout = 1min})[0];
  const auto check = [](const result<jobs_found>& found) {
    REQUIRE(found);
    CHECK(found->jobs.at(0).options.max_attempts == 4);
    CHECK(found->jobs.at(0).options.run_timeout == 1min);
  };

  check(ask<jobs_found>(boss, get_jobs{{id}, true}));
  check(ask<jobs_found>(boss, list_jobs{"q", {}, 0, 10}));
  auto at_once = wait_for(id, 0s);
  REQUIRE(*at_once);
  check(at_once->value());
  auto later = wait_for(id, 5s);
  advance(6s);
  settle();
  REQUIRE(*later);
  check(later->value());
}

TEST_CASE_METHOD(with_queues, "who waits for a job is answered with its state after the wait") {
  begin();
  auto ids = enqueue(1);
  auto reply = wait_for(ids[0], 5s);
  auto impatient = wait_for(ids[0], 0s);
  REQUIRE(*impatient);
  advance(4900ms);
  CHECK(!*reply);
  advance(700ms);
  REQUIRE(*reply);
  CHECK(reply->value()->jobs.at(0).state == job_state::ready);
}

TEST_CASE_METHOD(with_queues, "who waits for a job that nobody knows hears it at once") {
  begin();
  auto reply = wait_for(12345, 30s);
  REQUIRE(*reply);
  CHECK(reply->value()->jobs.empty());
}

TEST_CASE_METHOD(with_queues, "a cancelled job's waits end") {
  begin();
  auto ids = enqueue(1);
  auto reply = wait_for(ids[0], 30s);
  REQUIRE(ask<jobs_changed>(boss, cancel_jobs{ids}));
  settle();
  REQUIRE(*reply);
  CHECK(reply->value()->jobs.at(0).state == job_state::cancelled);
}

// -- draining -------------------------------------------------------------------------------------

TEST_CASE_METHOD(with_queues,
                 "a worker that is to drain is told so and one that is not there is not") {
  begin();
  join("n1", 1);
  CHECK(ask<caf::ok_atom>(boss, drain_node{"n1"}));
  CHECK(ask<caf::ok_atom>(boss, drain_node{"n2"}).error().code == errc::invalid_argument);
}

TEST_CASE_METHOD(with_queues, "a drained worker is told to take jobs again, and gets some") {
  begin();
  auto worker = join("n1", 2);
  auto state = [&] { return ask<workers_listed>(boss, list_workers{})->workers.at(0).state; };
  REQUIRE(ask<caf::ok_atom>(boss, drain_node{"n1", true}));
  CHECK(worker.seen->drained == std::vector{true});
  beat(worker, {}, 0);
  advance(1s);
  CHECK(state() == worker_state::draining);
  enqueue(1);
  CHECK(worker.seen->runs.empty());

  REQUIRE(ask<caf::ok_atom>(boss, drain_node{"n1", false}));
  CHECK(worker.seen->drained == std::vector{true, false});
  beat(worker, {}, 2); // as it does then

  CHECK(worker.seen->runs.size() == 1);
  CHECK(state() == worker_state::alive);
  CHECK(ask<caf::ok_atom>(boss, drain_node{"n2", false}).error().code == errc::invalid_argument);
}

// -- some queues only -----------------------------------------------------------------------------

TEST_CASE_METHOD(with_queues,
                 "S-18 a job of another queue is unknown at once to who may not see it") {
  begin();
  const auto id = enqueue(1)[0];
  const auto wait = [&](std::vector<std::string> queues) {
    auto reply = request<jobs_found>(boss, await_job{id, 30s, std::move(queues)});
    settle();
    return reply;
  };
  auto refused = wait({"other", "q.dead"});
  REQUIRE(*refused); // no later than for a job that never was
  CHECK(refused->value()->jobs.empty());
  auto mine = wait({"other", "q"});
  CHECK_FALSE(*mine);
  auto worker = join("n1", 1);
  REQUIRE(finish(worker, worker.seen->runs.at(0).lease, outcome_kind::succeeded));
  settle();
  REQUIRE(*mine);
  REQUIRE(mine->value()->jobs.size() == 1);
  CHECK(mine->value()->jobs[0].state == job_state::succeeded);
}

TEST_CASE_METHOD(with_queues,
                 "S-18 a job that ends while it is looked for is told to nobody else") {
  begin();
  const auto id = enqueue(1)[0];
  auto worker = join("n1", 1);
  // The end comes before the store's answer about the job.
  auto refused = request<jobs_found>(boss, await_job{id, 30s, {"other"}});
  job_outcome outcome{worker.seen->runs.at(0).lease, outcome_kind::succeeded, end_reason::none,
                      "secret", milliseconds{-1}};
  auto finished = request<finish_reply>(boss, finish_jobs{worker.id, 1, {outcome}, {}});
  settle();
  REQUIRE(*finished);
  REQUIRE(*refused);
  CHECK(refused->value()->jobs.empty());
}

TEST_CASE_METHOD(with_queues, "S-18 who waits for events of another queue is not woken by these") {
  begin();
  enqueue(1);
  auto start = ask<events_read>(boss, read_events{});
  auto other = request<events_read>(boss, read_events{start->next, 100, 30s, {"other"}});
  auto mine = request<events_read>(boss, read_events{start->next, 100, 30s, {"q"}});
  auto worker = join("n1", 1);
  settle();
  REQUIRE(*mine);
  CHECK(mine->value()->events.at(0).queue == "q");
  CHECK_FALSE(*other);
  advance(31s);
  REQUIRE(*other);
  CHECK(other->value()->events.empty());
  CHECK(other->value()->next > start->next);

  std::vector<std::string> many(limits::token_scopes_max + 1, "q");
  CHECK(ask<events_read>(boss, read_events{0, 1, 0ms, many}).error().code
        == errc::invalid_argument);
  list_jobs list;
  list.queues = many;
  CHECK(ask<jobs_found>(boss, list).error().code == errc::invalid_argument);
}

} // namespace dispatcher_queues_test
