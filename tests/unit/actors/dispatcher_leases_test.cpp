// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/dispatching.hpp"

namespace dispatcher_leases_test {

using namespace troupe;
using namespace std::chrono_literals;
using test::dispatching;
using test::scripted_worker;

// -- leases ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(dispatching, "F02: heartbeats keep a lease for as long as the handler needs") {
  begin();
  enqueue(1);
  auto first = join("n1", 1);
  auto second = join("n2", 1);
  auto lease = first.seen->runs[0].lease;
  for (int i = 0; i < 30; ++i) {
    advance(2s);
    auto reply = beat(first, {lease});
    REQUIRE(reply);
    REQUIRE(reply->lost.empty());
    beat(second, {});
  }
  CHECK(second.seen->runs.empty());
  CHECK(finish(first, lease, outcome_kind::succeeded)->lost.empty());
}

TEST_CASE_METHOD(dispatching, "J4: a broken connection hands the jobs over at once") {
  options.queues[0].max_losses = 3;
  begin();
  auto ids = enqueue(2);
  auto first = join("n1", 2);
  auto second = join("n2", 2);
  REQUIRE(first.seen->runs.size() == 2);
  caf::anon_send_exit(first.handle, caf::exit_reason::kill);
  settle();

  CHECK(second.seen->jobs() == ids);
  CHECK(look(ids[0]).counters.losses == 1);
  CHECK(look(ids[0]).history.size() == 1);
}

TEST_CASE_METHOD(dispatching, "J4: silence hands the jobs over within the lease and one interval") {
  begin();
  auto ids = enqueue(1);
  auto silent = join("n1", 1);
  auto other = join("n2", 1);
  for (int i = 0; i < 79; ++i) {
    advance(100ms);
    beat(other, {});
  }
  CHECK(other.seen->runs.empty());
  for (int i = 0; i < 21; ++i) {
    advance(100ms);
    beat(other, {});
  }
  CHECK(other.seen->jobs() == ids);
}

TEST_CASE_METHOD(dispatching,
                 "J3: what an older lease reports changes nothing, and it is told so") {
  begin();
  auto ids = enqueue(1);
  auto zombie = join("n1", 1);
  auto other = join("n2", 1);
  auto stale = zombie.seen->runs[0].lease;
  for (int i = 0; i < 100; ++i) {
    advance(100ms);
    beat(other, {});
  }
  REQUIRE(other.seen->runs.size() == 1);

  auto beaten = beat(zombie, {stale}, 0);
  REQUIRE(beaten);
  CHECK(beaten->lost == std::vector{stale});
  for (auto kind : {outcome_kind::succeeded, outcome_kind::failed, outcome_kind::failed_final,
                    outcome_kind::snoozed, outcome_kind::released, outcome_kind::cancelled}) {
    auto reply = finish(zombie, stale, kind, 0);
    REQUIRE(reply);
    CHECK(reply->lost == std::vector{stale});
    CHECK(look(ids[0]).state == job_state::running);
    CHECK(look(ids[0]).node == "n2");
  }
  CHECK(finish(other, other.seen->runs[0].lease, outcome_kind::succeeded)->lost.empty());
  CHECK(finish(zombie, stale, outcome_kind::failed, 0)->lost == std::vector{stale});
  CHECK(look(ids[0]).state == job_state::succeeded);
}

TEST_CASE_METHOD(dispatching, "a worker that missed two heartbeats gets no new work") {
  begin();
  auto worker = join("n1", 1);
  advance(6s);
  auto ids = enqueue(1);
  CHECK(worker.seen->runs.empty());
  beat(worker, {});
  CHECK(worker.seen->jobs() == ids);
}

TEST_CASE_METHOD(dispatching, "F35: a job that loses its workers again and again is parked") {
  begin();
  auto ids = enqueue(1);
  for (auto node : {"n1", "n2"}) {
    auto worker = join(node, 1);
    REQUIRE(worker.seen->runs.size() == 1);
    caf::anon_send_exit(worker.handle, caf::exit_reason::kill);
    settle();
  }
  auto parked = look(ids[0]);
  CHECK(parked.state == job_state::dead);
  CHECK(parked.reason == end_reason::lease_lost);
  CHECK(parked.counters == job_counters{0, 2, 0, 2});
  CHECK(depths(1).ready == 1);
}

TEST_CASE_METHOD(dispatching, "F05: a handler that its worker does not end is taken away") {
  options.queues[0].run_timeout = 20s;
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs[0].lease;
  caf::anon_send(boss, start_jobs{worker.id, {lease}});
  for (int i = 0; i < 20; ++i) {
    advance(2s);
    beat(worker, {lease});
  }
  CHECK(look(ids[0]).history[0].reason == end_reason::deadline);
  CHECK(look(ids[0]).counters.failures == 1);
}

TEST_CASE_METHOD(dispatching, "a worker that holds jobs and starts none is reported as idle") {
  begin();
  enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs[0].lease;
  for (int i = 0; i < 5; ++i) {
    advance(2s);
    beat(worker, {lease});
  }
  auto reply = ask<workers_listed>(boss, list_workers{});
  REQUIRE(reply);
  CHECK(reply->workers[0].state == worker_state::idle);
}

// -- restarts -------------------------------------------------------------------------------------

TEST_CASE_METHOD(dispatching,
                 "J3: a new dispatcher adopts the leases that live workers still hold") {
  begin();
  auto ids = enqueue(2);
  auto worker = join("n1", 2);
  auto kept = worker.seen->runs[0].lease;
  restart();
  auto reply = enlist(worker, 2, {kept});
  REQUIRE(reply);
  CHECK(reply->lost.empty());

  // The other one never reached it, or died with it.
  settle();
  REQUIRE(worker.seen->runs.size() == 3);
  CHECK(worker.seen->runs[2].lease.job == ids[1]);
  CHECK(worker.seen->runs[2].lease.epoch > kept.epoch);
  CHECK(finish(worker, kept, outcome_kind::succeeded)->lost.empty());
  CHECK(look(ids[0]).state == job_state::succeeded);
}

TEST_CASE_METHOD(dispatching, "leases that nobody claims after a restart go elsewhere in time") {
  begin();
  auto ids = enqueue(1);
  auto gone = join("n1", 1);
  restart();
  auto other = join("n2", 1);
  for (int i = 0; i < 79; ++i) {
    advance(100ms);
    beat(other, {});
  }
  CHECK(other.seen->runs.empty());
  for (int i = 0; i < 21; ++i) {
    advance(100ms);
    beat(other, {});
  }
  CHECK(other.seen->jobs() == ids);
}

TEST_CASE_METHOD(dispatching, "a worker's next incarnation frees what the last one held") {
  begin();
  auto ids = enqueue(1);
  auto first = join("n1", 1);
  auto again = join("n1", 1);
  CHECK(again.seen->jobs() == ids);
}

TEST_CASE_METHOD(dispatching, "with a grace, a worker that returns in time keeps its leases") {
  options.reconnect_grace = 3s;
  begin();
  auto ids = enqueue(2);
  auto first = join("n1", 1);
  auto second = join("n2", 1);
  auto lease = first.seen->runs[0].lease;
  caf::anon_send_exit(first.handle, caf::exit_reason::kill);
  advance(2s);
  first.handle = system.spawn(scripted_worker, first.seen);
  auto reply = enlist(first, 1, {lease});
  REQUIRE(reply);
  CHECK(reply->lost.empty());
  advance(2s);
  CHECK(finish(first, lease, outcome_kind::succeeded)->lost.empty());
  CHECK(look(ids[0]).counters.losses == 0);
}

TEST_CASE_METHOD(dispatching, "after the grace a worker's leases are over") {
  options.reconnect_grace = 3s;
  begin();
  enqueue(1);
  auto first = join("n1", 1);
  auto second = join("n2", 1);
  caf::anon_send_exit(first.handle, caf::exit_reason::kill);
  advance(2900ms);
  beat(second, {});
  CHECK(second.seen->runs.empty());
  advance(1s);
  CHECK(second.seen->runs.size() == 1);
}

TEST_CASE_METHOD(dispatching, "depths are right after a restart") {
  begin();
  enqueue(3);
  enqueue(2, {.delay = 1h});
  auto worker = join("n1", 1);
  finish(worker, worker.seen->runs[0].lease, outcome_kind::succeeded, 0);
  auto before = depths();
  CHECK(before == queue_depths{2, 2, 0, 0, 1, 0, 0});
  restart();
  CHECK(depths() == before);
}

// -- cancelling -----------------------------------------------------------------------------------

TEST_CASE_METHOD(dispatching, "F07: waiting jobs are cancelled at once") {
  begin();
  auto ids = enqueue(2);
  auto reply = ask<jobs_changed>(boss, cancel_jobs{{ids[0], 999}});
  REQUIRE(reply);
  CHECK(reply->codes
        == std::vector<std::uint16_t>{0, static_cast<std::uint16_t>(errc::unknown_job)});
  auto worker = join("n1", 2);
  CHECK(worker.seen->jobs() == std::vector{ids[1]});
  CHECK(look(ids[0]).state == job_state::cancelled);
}

TEST_CASE_METHOD(dispatching,
                 "F07: a running job's handler is asked to stop, and it is cancelled") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs[0].lease;
  auto reply = ask<jobs_changed>(boss, cancel_jobs{{ids[0]}});
  REQUIRE(reply);
  CHECK(reply->codes == std::vector<std::uint16_t>{0});
  CHECK(worker.seen->cancels == std::vector{lease});
  CHECK(beat(worker, {lease})->cancelled == std::vector{lease});

  finish(worker, lease, outcome_kind::cancelled);
  CHECK(look(ids[0]).state == job_state::cancelled);
  CHECK(depths().cancelled == 1);
}

TEST_CASE_METHOD(dispatching, "a final job cannot be cancelled") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  finish(worker, worker.seen->runs[0].lease, outcome_kind::succeeded);
  auto reply = ask<jobs_changed>(boss, cancel_jobs{ids});
  REQUIRE(reply);
  CHECK(reply->codes == std::vector<std::uint16_t>{static_cast<std::uint16_t>(errc::wrong_state)});
}

// -- looking --------------------------------------------------------------------------------------

TEST_CASE_METHOD(dispatching, "a reader of events waits until something happens") {
  begin();
  auto start = ask<events_read>(boss, read_events{});
  REQUIRE(start);
  auto waiting = request<events_read>(boss, read_events{start->next, 100, 10s});
  settle();
  CHECK_FALSE(waiting->has_value());
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  REQUIRE(waiting->has_value());
  REQUIRE((*waiting)->value().events.size() == 1);
  auto event = (*waiting)->value().events[0];
  CHECK(event.kind == job_event_kind::leased);
  CHECK(event.lease == worker.seen->runs[0].lease);
  CHECK(event.node == "n1");
}

TEST_CASE_METHOD(dispatching, "a reader of events is answered with none when its time is over") {
  begin();
  auto start = ask<events_read>(boss, read_events{});
  auto waiting = request<events_read>(boss, read_events{start->next, 100, 3s});
  advance(4s);
  REQUIRE(waiting->has_value());
  CHECK((*waiting)->value().events.empty());
  CHECK((*waiting)->value().next == start->next);
}

TEST_CASE_METHOD(dispatching, "final jobs are removed after their retention, in small batches") {
  options.queues[0].retention = 1h;
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  finish(worker, worker.seen->runs[0].lease, outcome_kind::succeeded, 0);
  advance(59min, 1s);
  CHECK(ask<jobs_found>(boss, get_jobs{ids, true})->jobs.size() == 1);
  advance(2min, 1s);
  CHECK(ask<jobs_found>(boss, get_jobs{ids, true})->jobs.empty());
  CHECK(depths().succeeded == 0);
}

TEST_CASE_METHOD(dispatching, "a store that does not answer makes the dispatcher start afresh") {
  begin();
  enqueue(1);
  caf::anon_send_exit(storage, caf::exit_reason::kill);
  settle();
  self->monitor(boss);
  request<jobs_enqueued>(boss, enqueue_jobs{"q", {{"x", {}}}});
  settle();
  auto ended = false;
  self->receive([&](const caf::down_msg&) { ended = true; }, caf::after(0s) >> [] {});
  CHECK(ended);
}

TEST_CASE_METHOD(dispatching,
                 "a worker's heartbeat names no lease of a queue beside those it says") {
  begin();
  enqueue(2);
  auto worker = join("n1", 2);
  std::vector<lease_key> leases{worker.seen->runs.at(0).lease, worker.seen->runs.at(1).lease};
  auto say = [&](std::vector<std::string> queues) {
    auto reply = ask<heartbeat_reply>(boss, heartbeat{worker.id, 2, leases, {}, std::move(queues)});
    REQUIRE(reply);
    return reply->lost;
  };

  CHECK(say({"other"}) == leases);
  CHECK(say({"other", "q"}).empty());
  CHECK(say({}).empty());
  CHECK(depths().running == 2);
}

} // namespace dispatcher_leases_test
