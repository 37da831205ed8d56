// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <utility>

#include "tests/support/dispatching.hpp"

namespace dispatcher_losses_test {

using namespace troupe;
using namespace std::chrono_literals;
using test::dispatching;
using test::scripted;

namespace {

struct losing : dispatching {
  /// A worker with so many slots, and room for so many jobs.
  scripted join_with(const std::string& node, std::uint32_t slots, std::uint32_t capacity) {
    scripted result;
    result.id = {node, ++incarnations};
    result.handle = system.spawn(test::scripted_worker, result.seen);
    REQUIRE(ask<worker_registered>(
      boss, register_worker{result.id, {"q"}, slots, capacity, {}, {}, 0ms}, result.handle));
    settle();
    return result;
  }

  void report_starts(const scripted& worker, std::size_t first, std::size_t count) {
    start_jobs report{worker.id, {}};
    for (std::size_t i = first; i < first + count; ++i)
      report.leases.push_back(worker.seen->runs.at(i).lease);
    caf::anon_send(boss, std::move(report));
    settle();
  }

  void kill(const scripted& worker) {
    caf::anon_send_exit(worker.handle, caf::exit_reason::kill);
    settle();
  }

  job_counters counters(job_id id) { return look(id).counters; }
};

} // namespace

TEST_CASE_METHOD(losing, "J2: a loss counts for jobs that had begun, what waited is handed back") {
  options.queues[0].max_losses = 3;
  begin();
  auto ids = enqueue(6);
  auto worker = join_with("n1", 2, 6);
  REQUIRE(worker.seen->jobs() == ids);
  report_starts(worker, 0, 2);

  kill(worker);

  for (std::size_t i = 0; i < ids.size(); ++i) {
    CAPTURE(i);
    CHECK(counters(ids[i]) == job_counters{0, i < 2 ? 1U : 0U, 0, 1});
    CHECK(look(ids[i]).state == job_state::ready);
  }
}

TEST_CASE_METHOD(losing,
                 "a start that could not be reported any more counts while a slot was free") {
  options.queues[0].max_losses = 3;
  begin();
  auto ids = enqueue(4);
  auto worker = join_with("n1", 2, 4);

  kill(worker); // before it said anything

  CHECK(counters(ids[0]).losses == 1);
  CHECK(counters(ids[1]).losses == 1);
  CHECK(counters(ids[2]).losses == 0);
  CHECK(counters(ids[3]).losses == 0);
}

TEST_CASE_METHOD(losing, "J2: of jobs that ran beside each other only the killer dies") {
  options.queues[0].max_losses = 3;
  begin();
  auto ids = enqueue(4);
  const auto killer = ids[2];
  // Each worker is killed as long as the killer runs on it.
  for (int deaths = 0; look(killer).state != job_state::dead; ++deaths) {
    REQUIRE(deaths < 20);
    auto worker = join_with("n" + std::to_string(deaths), 4, 4);
    auto jobs = worker.seen->jobs();
    while (std::find(jobs.begin(), jobs.end(), killer) == jobs.end()) {
      REQUIRE_FALSE(worker.seen->runs.empty());
      auto runs = std::exchange(worker.seen->runs, {});
      for (const auto& run : runs)
        finish(worker, run.lease, outcome_kind::succeeded, 4);
      settle();
      jobs = worker.seen->jobs();
    }
    kill(worker);
  }

  CHECK(look(killer).counters.losses == 3);
  CHECK(look(killer).error.find("may kill its workers") != std::string::npos);
  auto worker = join_with("last", 4, 4);
  while (!worker.seen->runs.empty())
    for (const auto& run : std::exchange(worker.seen->runs, {}))
      finish(worker, run.lease, outcome_kind::succeeded, 4);
  for (auto id : ids)
    if (id != killer)
      CHECK(look(id).state == job_state::succeeded);
}

TEST_CASE_METHOD(losing, "J2: a job that is on its last chance runs alone on its worker") {
  begin(); // max_losses is 2
  auto suspect = enqueue(1, {.priority = 9}).at(0);
  auto first = join_with("n1", 1, 1);
  kill(first);
  REQUIRE(counters(suspect).losses == 1);
  auto others = enqueue(3);

  auto second = join_with("n2", 4, 8);
  CHECK(second.seen->jobs() == std::vector{suspect});
  beat(second, {second.seen->runs[0].lease}, 8);
  CHECK(second.seen->runs.size() == 1); // nothing joins it
  finish(second, second.seen->runs[0].lease, outcome_kind::succeeded, 8);
  settle();

  CHECK(second.seen->jobs() == std::vector{suspect, others[0], others[1], others[2]});
  CHECK(look(suspect).state == job_state::succeeded);
}

TEST_CASE_METHOD(losing, "a worker is kept free for a job that must run alone, the others go on") {
  begin();
  auto suspect = enqueue(1).at(0);
  kill(join_with("n0", 1, 1));
  auto pair = enqueue(2, {.priority = 9});
  auto busy = join_with("n1", 2, 2);
  REQUIRE(busy.seen->jobs() == pair);
  auto next = enqueue(2);

  finish(busy, busy.seen->runs[0].lease, outcome_kind::succeeded, 2);
  settle();
  CHECK(busy.seen->runs.size() == 2); // its free slot waits for the other
  finish(busy, busy.seen->runs[1].lease, outcome_kind::succeeded, 2);
  settle();

  REQUIRE(busy.seen->runs.size() == 3);
  CHECK(busy.seen->runs[2].lease.job == suspect);
  finish(busy, busy.seen->runs[2].lease, outcome_kind::succeeded, 2);
  settle();
  CHECK(busy.seen->runs.size() == 5);
  CHECK(look(next[0]).state == job_state::running);
}

TEST_CASE_METHOD(losing, "a job that waits to run alone can be cancelled") {
  begin();
  auto suspect = enqueue(1).at(0);
  kill(join_with("n0", 1, 1));
  enqueue(2, {.priority = 9});
  auto busy = join_with("n1", 2, 2);
  REQUIRE(busy.seen->runs.size() == 2);

  finish(busy, busy.seen->runs[0].lease, outcome_kind::succeeded, 2);
  REQUIRE(ask<jobs_changed>(boss, cancel_jobs{{suspect}}));
  finish(busy, busy.seen->runs[1].lease, outcome_kind::succeeded, 2);
  settle();

  CHECK(look(suspect).state == job_state::cancelled);
  CHECK(busy.seen->runs.size() == 2);
}

TEST_CASE_METHOD(losing, "J2: a pause of the whole process takes no lease") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs[0].lease;
  for (int i = 0; i < 3; ++i) {
    advance(1min, 1min); // not one tick meanwhile
    advance(2s);
    CHECK(beat(worker, {lease})->lost.empty());
  }
  CHECK(look(ids[0]).state == job_state::running);
  CHECK(counters(ids[0]).losses == 0);

  advance(10s); // silence that was heard
  CHECK(counters(ids[0]).losses == 1);
}

TEST_CASE_METHOD(losing, "J3: a heartbeat names a lease that is being taken as lost") {
  begin();
  enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs[0].lease;
  advance(8990ms);

  // The tick that takes it and the heartbeat arrive together, before the store has answered.
  scheduler.advance_time(10ms);
  auto reply = request<heartbeat_reply>(boss, heartbeat{worker.id, 1, {lease}, {}, {}});
  settle();

  REQUIRE(reply->has_value());
  CHECK((*reply)->value().lost == std::vector{lease});
}

TEST_CASE_METHOD(losing, "a worker says for which queues it cannot start the handler") {
  begin();
  scripted worker;
  worker.id = {"n1", ++incarnations};
  worker.handle = system.spawn(test::scripted_worker, worker.seen);
  enqueue(1);
  register_worker request{worker.id, {}, 1, 1, {}, {{"q", "it is not in PATH"}}, 0ms};
  REQUIRE(ask<worker_registered>(boss, request, worker.handle));
  CHECK(worker.seen->runs.empty());
  auto listed = ask<workers_listed>(boss, list_workers{});
  REQUIRE(listed);
  CHECK(listed->workers.at(0).withheld == request.withheld);

  request.queues = {"q"};
  request.withheld = {};
  REQUIRE(ask<worker_registered>(boss, request, worker.handle));
  settle();

  CHECK(worker.seen->runs.size() == 1);
  CHECK(ask<workers_listed>(boss, list_workers{})->workers.at(0).withheld.empty());
}

TEST_CASE_METHOD(losing, "a job that is handed back again and again lets the others come first") {
  begin();
  auto ids = enqueue(3);
  auto worker = join_with("n1", 1, 1);
  std::map<job_id, int> runs;
  for (int i = 0; i < 30; ++i) {
    for (int waits = 0; worker.seen->runs.empty(); ++waits) {
      REQUIRE(waits < 1000);
      advance(100ms);
      beat(worker, {});
    }
    for (const auto& run : std::exchange(worker.seen->runs, {})) {
      ++runs[run.lease.job];
      finish(worker, run.lease, outcome_kind::released);
    }
    settle();
  }
  for (auto id : ids)
    CHECK(runs[id] >= 9);
}

TEST_CASE_METHOD(losing, "S2: nothing is put into a dead-letter queue but what died") {
  begin();
  auto refused = ask<jobs_enqueued>(boss, enqueue_jobs{"q.dead", {{"x", {}, {}, {}}}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::invalid_argument);
  CHECK(refused.error().text.find("'q.dead' is a dead-letter queue") != std::string::npos);
}

} // namespace dispatcher_losses_test
