// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/dispatching.hpp"

namespace dispatcher_test {

using namespace troupe;
using namespace std::chrono_literals;
using test::dispatching;

// -- enqueueing -----------------------------------------------------------------------------------

TEST_CASE_METHOD(dispatching, "J1: an enqueue is answered when the jobs are stored") {
  begin();
  auto ids = enqueue(3);
  CHECK(ids.size() == 3);
  CHECK(look(ids[2]).state == job_state::ready);
  CHECK(depths().ready == 3);
}

TEST_CASE_METHOD(dispatching, "a job for which a slot is free is stored and leased in one commit") {
  begin();
  auto worker = join("n1", 1);
  auto before = disk->commits;
  auto ids = enqueue(1);
  CHECK(disk->commits == before + 1);
  CHECK(worker.seen->jobs() == ids);
  CHECK(depths() == queue_depths{0, 0, 1, 0, 0, 0, 0});
}

TEST_CASE_METHOD(dispatching, "J1: a job that could not be stored is not handed out") {
  begin();
  auto worker = join("n1", 1);
  disk->failure = error{errc::storage_full, "no space left"};
  CHECK_FALSE(ask<jobs_enqueued>(boss, enqueue_jobs{"q", {{"x", {}}}}));
  disk->failure.reset();
  advance(2s);
  CHECK(worker.seen->runs.empty());
  CHECK(depths() == queue_depths{});

  auto ids = enqueue(1);
  CHECK(worker.seen->jobs() == ids);
}

TEST_CASE_METHOD(dispatching, "S2: what cannot be stored is refused with its reason") {
  options.queues[0].payload_max = 10;
  options.queues[0].depth_max = 5;
  options.unstored_bytes_max = 20;
  begin();
  auto refused = [&](enqueue_jobs request) {
    auto reply = ask<jobs_enqueued>(boss, std::move(request));
    REQUIRE_FALSE(reply);
    return reply.error();
  };
  CHECK(refused({"nope", {{"x", {}}}}).code == errc::unknown_queue);
  CHECK(refused({"nope", {{"x", {}}}}).text.find("'nope'") != std::string::npos);
  CHECK(refused({"q", {}}).code == errc::invalid_argument);
  CHECK(refused({"q", {{std::string(11, 'x'), {}}}}).code == errc::payload_too_large);
  CHECK(refused({"q", std::vector(6, new_job{})}).code == errc::queue_full);
  CHECK(refused({"q", std::vector(10'001, new_job{})}).code == errc::batch_too_large);
  CHECK(refused({"q", std::vector(3, new_job{std::string(9, 'x'), {}})}).code == errc::overloaded);
  job_options bad;
  bad.priority = 10;
  CHECK(refused({"q", {{"x", bad}}}).code == errc::invalid_argument);
  CHECK(depths() == queue_depths{});
}

TEST_CASE_METHOD(dispatching, "a full disk refuses jobs clearly, and later takes them again") {
  begin();
  disk->failure = error{errc::storage_full, "no space left"};
  auto refused = ask<jobs_enqueued>(boss, enqueue_jobs{"q", {{"x", {}}}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::storage_full);

  disk->failure.reset();
  auto ids = enqueue(1);
  CHECK(depths().ready == 1);
}

// -- handing out ----------------------------------------------------------------------------------

TEST_CASE_METHOD(dispatching, "J6: a worker gets no more jobs than it has room for") {
  begin();
  auto ids = enqueue(5);
  auto worker = join("n1", 2);
  CHECK(worker.seen->jobs() == std::vector<job_id>{ids[0], ids[1]});

  finish(worker, worker.seen->runs[0].lease, outcome_kind::succeeded, 2);
  CHECK(worker.seen->jobs() == std::vector<job_id>{ids[0], ids[1], ids[2]});
}

TEST_CASE_METHOD(dispatching, "J5: higher priorities start first, then older jobs") {
  begin();
  auto low = enqueue(2, {.priority = 1});
  auto high = enqueue(1, {.priority = 9});
  auto worker = join("n1", 3);
  CHECK(worker.seen->jobs() == std::vector<job_id>{high[0], low[0], low[1]});
}

TEST_CASE_METHOD(dispatching, "J6: a queue that is larger than the window is handed out in order") {
  options.window_jobs_max = 4;
  begin();
  auto ids = enqueue(50);
  auto worker = join("n1", 1);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    REQUIRE(worker.seen->runs.size() == i + 1);
    REQUIRE(worker.seen->runs[i].lease.job == ids[i]);
    REQUIRE(finish(worker, worker.seen->runs[i].lease, outcome_kind::succeeded));
  }
  CHECK(depths().succeeded == 50);
  CHECK(depths().ready == 0);
}

TEST_CASE_METHOD(dispatching,
                 "F01: a delayed job starts when its time has come, after a restart too") {
  begin();
  auto ids = enqueue(1, {.delay = 10s});
  auto worker = join("n1", 1);
  advance(5s);
  CHECK(look(ids[0]).state == job_state::scheduled);
  restart();
  worker = join("n1", 1);
  advance(4900ms);
  CHECK(worker.seen->runs.empty());
  advance(200ms);
  CHECK(worker.seen->jobs() == ids);
  CHECK(depths().scheduled == 0);
}

// -- ending ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(dispatching, "J2: a succeeded job keeps its result and runs no more") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto reply = finish(worker, worker.seen->runs[0].lease, outcome_kind::succeeded);
  REQUIRE(reply);
  CHECK(reply->lost.empty());

  auto done = look(ids[0]);
  CHECK(done.state == job_state::succeeded);
  CHECK(done.result == "out");
  CHECK(done.node == "n1");
  advance(1min);
  CHECK(worker.seen->runs.size() == 1);
}

TEST_CASE_METHOD(dispatching, "F13, F14: a failed job is retried, then dead, copied and redriven") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  finish(worker, worker.seen->runs[0].lease, outcome_kind::failed);
  CHECK(look(ids[0]).state == job_state::retrying);
  for (int i = 0; i < 12 && worker.seen->runs.size() < 2; ++i) {
    advance(100ms);
    beat(worker, {});
  }
  REQUIRE(worker.seen->runs.size() == 2);
  CHECK(worker.seen->runs[1].attempt == 2);
  CHECK(worker.seen->runs[1].lease.epoch > worker.seen->runs[0].lease.epoch);
  finish(worker, worker.seen->runs[1].lease, outcome_kind::failed);

  CHECK(look(ids[0]).state == job_state::dead);
  CHECK(depths(1).ready == 1);
  auto copies = ask<jobs_found>(boss, list_jobs{"q.dead", {}, 0, 10});
  REQUIRE(copies);
  REQUIRE(copies->jobs.size() == 1);
  CHECK(copies->jobs[0].origin == ids[0]);
  CHECK(copies->jobs[0].origin_queue == "q");

  auto redriven = ask<jobs_redriven>(boss, redrive_jobs{"q.dead", 10});
  REQUIRE(redriven);
  CHECK(redriven->moved == 1);
  CHECK(redriven->left == 0);
  REQUIRE(worker.seen->runs.size() == 3);
  CHECK(worker.seen->runs[2].payload == "x");
  CHECK(worker.seen->runs[2].attempt == 1);
}

TEST_CASE_METHOD(dispatching, "a dead job that is retried begins afresh") {
  options.queues[0].max_attempts = 1;
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  finish(worker, worker.seen->runs[0].lease, outcome_kind::failed);
  auto reply = ask<jobs_changed>(boss, retry_jobs{{ids[0], 12345}});
  REQUIRE(reply);
  CHECK(reply->codes
        == std::vector<std::uint16_t>{0, static_cast<std::uint16_t>(errc::unknown_job)});
  REQUIRE(worker.seen->runs.size() == 2);
  CHECK(worker.seen->runs[1].attempt == 1);
  CHECK(depths().dead == 0);
}

TEST_CASE_METHOD(dispatching,
                 "F20: a job that is handed back starts elsewhere and counts nothing") {
  begin();
  auto ids = enqueue(1);
  auto first = join("n1", 1);
  auto second = join("n2", 1);
  finish(first, first.seen->runs[0].lease, outcome_kind::released, 0);
  advance(200ms);
  REQUIRE(second.seen->jobs() == ids);
  CHECK(second.seen->runs[0].attempt == 1);
}

TEST_CASE_METHOD(dispatching, "a full disk loses no outcome: its worker says it again") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs[0].lease;
  disk->failure = error{errc::storage_full, "no space left"};
  auto refused = finish(worker, lease, outcome_kind::succeeded);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::storage_full);
  CHECK(look(ids[0]).state == job_state::running);

  disk->failure.reset();
  auto reply = finish(worker, lease, outcome_kind::succeeded);
  REQUIRE(reply);
  CHECK(reply->lost.empty());
  CHECK(look(ids[0]).state == job_state::succeeded);
}

TEST_CASE_METHOD(dispatching, "a full disk delays grants and loses no job") {
  begin();
  auto ids = enqueue(2);
  disk->failure = error{errc::storage_full, "no space left"};
  auto worker = join("n1", 2);
  CHECK(worker.seen->runs.empty());
  disk->failure.reset();
  advance(1s);
  CHECK(worker.seen->jobs() == ids);
}

} // namespace dispatcher_test
