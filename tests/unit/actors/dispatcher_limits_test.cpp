// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/support/dispatching.hpp"

namespace dispatcher_limits_test {

using namespace troupe;
using namespace std::chrono_literals;
using test::dispatching;
using test::scripted_worker;

namespace {

constexpr auto for_ever = milliseconds::max();

errc code_of(const result<worker_registered>& reply) {
  return reply ? errc::none : reply.error().code;
}

} // namespace

// -- input that no worker or client of ours would send --------------------------------------------

TEST_CASE_METHOD(dispatching, "S2: a worker without a name, a number or an actor is refused") {
  begin();
  auto seen = std::make_shared<test::orders>();
  auto handle = system.spawn(scripted_worker, seen);
  auto enlist = [&](worker_id id, worker_actor who) {
    return code_of(ask<worker_registered>(boss, register_worker{id, {"q"}, 1, 1, {}}, who));
  };
  CHECK(enlist({"n1", 0}, handle) == errc::invalid_argument);
  CHECK(enlist({"", 1}, handle) == errc::invalid_argument);
  CHECK(enlist({std::string(limits::name_bytes_max + 1, 'n'), 1}, handle)
        == errc::invalid_argument);
  CHECK(enlist({"n1", 1}, worker_actor{}) == errc::invalid_argument);
  CHECK(ask<workers_listed>(boss, list_workers{})->workers.empty());
}

TEST_CASE_METHOD(dispatching, "J2: an outcome that is said twice in one message counts once") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  job_outcome back{worker.seen->runs[0].lease, outcome_kind::released, {}, {}, milliseconds{0}};
  auto reply = ask<finish_reply>(boss, finish_jobs{worker.id, 1, {back, back}});
  REQUIRE(reply);
  CHECK(reply->lost == std::vector{back.lease});
  REQUIRE(worker.seen->runs.size() == 2);
  CHECK(depths().running == 1);
}

TEST_CASE_METHOD(dispatching, "S2: delays and time-outs that no clock can count are refused") {
  begin();
  for (auto endless : {job_options{.delay = for_ever}, job_options{.run_timeout = for_ever},
                       job_options{.progress_timeout = for_ever}}) {
    auto reply = ask<jobs_enqueued>(boss, enqueue_jobs{"q", {{"x", endless}}});
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == errc::invalid_argument);
  }
}

TEST_CASE_METHOD(dispatching, "S2: a handler that asks for an endless delay gets the longest one") {
  begin();
  auto ids = enqueue(2);
  auto worker = join("n1", 2);
  for (auto kind : {outcome_kind::snoozed, outcome_kind::failed}) {
    auto lease = worker.seen->runs[kind == outcome_kind::snoozed ? 0 : 1].lease;
    job_outcome outcome{lease, kind, end_reason::none, {}, for_ever};
    REQUIRE(ask<finish_reply>(boss, finish_jobs{worker.id, 2, {outcome}}));
    CHECK(look(lease.job).run_at > now() + 24h);
  }
  CHECK(worker.seen->runs.size() == 2);
}

TEST_CASE_METHOD(dispatching, "S2: a listing of states that do not exist is refused") {
  begin();
  for (const auto& states : {std::vector{static_cast<job_state>(200)}, std::vector{job_state{}},
                             std::vector(100, job_state::ready)}) {
    auto reply = ask<jobs_found>(boss, list_jobs{"q", states, 0, 10});
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == errc::invalid_argument);
  }
}

TEST_CASE_METHOD(dispatching, "J6: jobs without payload that wait for the disk take memory too") {
  options.unstored_bytes_max = 10'000;
  begin();
  auto reply = ask<jobs_enqueued>(boss, enqueue_jobs{"q", std::vector(1000, new_job{})});
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == errc::overloaded);
}

// -- time and configuration that change -----------------------------------------------------------

TEST_CASE_METHOD(dispatching, "F01: a delayed job starts soon after the wall clock jumps past it") {
  auto jump = std::make_shared<milliseconds>(0);
  options.env.now = [this, jump] { return now() + *jump; };
  begin();
  auto ids = enqueue(1, {.delay = 8h});
  auto worker = join("n1", 1);
  advance(1s);
  beat(worker, {});
  CHECK(worker.seen->runs.empty());
  *jump = 8h;
  advance(1s);
  CHECK(worker.seen->jobs() == ids);
}

TEST_CASE_METHOD(dispatching, "a running job of a queue that is no longer declared waits for it") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  REQUIRE(worker.seen->runs.size() == 1);
  auto declared = options.queues;
  options.queues = {declared[1]};
  restart();
  CHECK(look(ids[0]).state == job_state::ready);
  CHECK(look(ids[0]).counters.losses == 0);

  options.queues = declared;
  restart();
  CHECK(depths().ready == 1);
  auto again = join("n1", 1);
  CHECK(again.seen->jobs() == ids);
}

TEST_CASE_METHOD(dispatching, "final jobs are removed as fast as they grow old") {
  options.queues[0].retention = 1h;
  begin();
  auto ids = enqueue(3000);
  ask<jobs_changed>(boss, cancel_jobs{ids});
  REQUIRE(depths().cancelled == 3000);
  advance(1h + 25s, 1s);
  CHECK(depths().cancelled == 0);
}

// -- prefetched jobs ------------------------------------------------------------------------------

TEST_CASE_METHOD(dispatching,
                 "F05: a job that waits in its worker through a reconnect is not out of time") {
  options.queues[0].run_timeout = 10s;
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs[0].lease;
  REQUIRE(enlist(worker, 1, {lease}));
  for (int i = 0; i < 30; ++i) {
    advance(1s);
    REQUIRE(beat(worker, {lease})->lost.empty());
  }
  CHECK(look(ids[0]).counters.failures == 0);

  caf::anon_send(boss, start_jobs{worker.id, {lease}});
  for (int i = 0; i < 30; ++i) {
    advance(1s);
    beat(worker, {lease});
  }
  CHECK(look(ids[0]).counters.failures == 1);
}

} // namespace dispatcher_limits_test
