// SPDX-License-Identifier: Apache-2.0
#include "tests/support/pulling.hpp"

namespace dispatcher_pulls_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::literals;

TEST_CASE_METHOD(pulling, "a dispatcher that ends answers all who wait for something to happen") {
  begin();
  auto leasing = pull("ann", 1, 60s, "open");
  auto events = ask<events_read>(boss, read_events{0, 10, 0ms});
  REQUIRE(events);
  auto ended = request<jobs_found>(boss, await_job{enqueue(1)[0], 60s});
  settle();
  events = ask<events_read>(boss, read_events{events->next, 10, 0ms});
  auto watching = request<events_read>(boss, read_events{events->next, 10, 60s});
  settle();
  REQUIRE_FALSE(*leasing);
  REQUIRE_FALSE(*ended);
  REQUIRE_FALSE(*watching);

  caf::anon_send_exit(boss, caf::exit_reason::user_shutdown);
  settle();

  REQUIRE(*leasing);
  REQUIRE(leasing->value());
  CHECK(leasing->value()->jobs.empty());
  REQUIRE(*ended);
  CHECK(ended->value().error().code == errc::shutting_down);
  REQUIRE(*watching);
  CHECK(watching->value().error().code == errc::shutting_down);
}

TEST_CASE_METHOD(pulling, "J2: a pull worker leases a job, keeps it by heartbeats and ends it") {
  begin();
  auto ids = enqueue(1);
  auto job = take("ann");
  CHECK(job.lease.job == ids[0]);
  CHECK(job.queue == "q");
  CHECK(job.payload == "x");
  CHECK(job.attempt == 1);
  CHECK(look(ids[0]).state == job_state::running);
  CHECK(look(ids[0]).node == "pull/ann");
  for (int i = 0; i < 10; ++i) {
    advance(2s);
    auto reply = beat_for("ann", {job.lease});
    REQUIRE(reply);
    CHECK(reply->lost.empty());
  }
  auto ended = finish_for("ann", job.lease, outcome_kind::succeeded);
  REQUIRE(ended);
  CHECK(ended->lost.empty());
  CHECK(look(ids[0]).state == job_state::succeeded);
  CHECK(look(ids[0]).result == "out");
}

TEST_CASE_METHOD(pulling, "a pull waits for a job, and gets it when it is enqueued") {
  begin();
  auto reply = pull("ann", 5);
  CHECK(!*reply);
  auto ids = enqueue(3);
  settle();
  REQUIRE(*reply);
  REQUIRE(reply->value());
  CHECK(reply->value()->jobs.size() == 3);
  CHECK(reply->value()->heartbeat_interval == 2s);
  CHECK(reply->value()->lease_timeout == 8s);
}

TEST_CASE_METHOD(pulling, "a pull that finds nothing is answered after its wait, with nothing") {
  begin();
  auto patient = pull("ann", 1, 3s);
  auto hasty = pull("bob", 1, 0s);
  REQUIRE(*hasty);
  CHECK(hasty->value()->jobs.empty());
  advance(2900ms);
  CHECK(!*patient);
  advance(700ms);
  REQUIRE(*patient);
  CHECK(patient->value()->jobs.empty());
  enqueue(1);
  CHECK(depths().ready == 1); // not for those who wait no more
}

TEST_CASE_METHOD(pulling, "J3: two pull workers never get the same job") {
  begin();
  auto first = pull("ann", 3);
  auto second = pull("bob", 3);
  auto ids = enqueue(6);
  settle();
  REQUIRE(*first);
  REQUIRE(*second);
  std::set<job_id> jobs;
  for (const auto* reply : {&first, &second})
    for (const auto& x : (*reply)->value()->jobs)
      CHECK(jobs.insert(x.lease.job).second);
  CHECK(jobs.size() == first->value()->jobs.size() + second->value()->jobs.size());
}

TEST_CASE_METHOD(pulling, "J4: the job of a pull worker that falls silent goes to another") {
  begin();
  auto ids = enqueue(1);
  auto first = take("ann");
  auto second = pull("bob", 1, 60s);
  advance(7900ms);
  CHECK(!*second);
  advance(1100ms);
  REQUIRE(*second);
  REQUIRE(second->value()->jobs.size() == 1);
  auto job = second->value()->jobs[0];
  CHECK(job.lease.job == ids[0]);
  CHECK(job.lease.epoch > first.lease.epoch);
  CHECK(look(ids[0]).counters.losses == 1);

  SECTION("and what the zombie says is refused") {
    auto reply = beat_for("ann", {first.lease});
    REQUIRE(reply);
    CHECK(reply->lost == std::vector{first.lease});
    auto ended = finish_for("ann", first.lease, outcome_kind::succeeded);
    REQUIRE(ended);
    CHECK(ended->lost == std::vector{first.lease});
    CHECK(look(ids[0]).state == job_state::running);
    REQUIRE(finish_for("bob", job.lease, outcome_kind::succeeded)->lost.empty());
  }
}

TEST_CASE_METHOD(pulling, "nobody can keep alive the lease of another pull worker") {
  begin();
  enqueue(1);
  auto job = take("ann");
  auto reply = beat_for("bob", {job.lease});
  REQUIRE(reply);
  CHECK(reply->lost == std::vector{job.lease});
}

TEST_CASE_METHOD(pulling, "J2: a pull worker keeps its leases through a dispatcher's restart") {
  begin();
  auto ids = enqueue(1);
  auto job = take("ann");
  restart();
  advance(4s);
  auto reply = beat_for("ann", {job.lease});
  REQUIRE(reply);
  CHECK(reply->lost.empty());
  advance(6s);
  CHECK(look(ids[0]).state == job_state::running);
  auto ended = finish_for("ann", job.lease, outcome_kind::succeeded);
  REQUIRE(ended);
  CHECK(ended->lost.empty());
  CHECK(look(ids[0]).state == job_state::succeeded);
}

TEST_CASE_METHOD(pulling, "a pull worker that does not come back after a restart loses its job") {
  begin();
  auto ids = enqueue(1);
  take("ann");
  restart();
  auto next = pull("bob", 1, 60s);
  advance(9s);
  REQUIRE(*next);
  CHECK(next->value()->jobs.at(0).lease.job == ids[0]);
}

TEST_CASE_METHOD(pulling, "a job that is handed back by a pull worker counts no attempt") {
  begin();
  auto ids = enqueue(1);
  auto job = take("ann");
  REQUIRE(finish_for("ann", job.lease, outcome_kind::released));
  CHECK(look(ids[0]).state == job_state::scheduled); // others come first
  advance(200ms);
  auto again = take("ann");
  CHECK(again.attempt == 1);
  REQUIRE(finish_for("ann", again.lease, outcome_kind::failed));
  CHECK(look(ids[0]).state == job_state::retrying);
  CHECK(look(ids[0]).counters.failures == 1);
}

TEST_CASE_METHOD(pulling, "a pull worker learns from its heartbeat that a job was cancelled") {
  begin();
  auto ids = enqueue(1);
  auto job = take("ann");
  REQUIRE(ask<jobs_changed>(boss, cancel_jobs{ids}));
  auto reply = beat_for("ann", {job.lease});
  REQUIRE(reply);
  CHECK(reply->cancelled == std::vector{job.lease});
  REQUIRE(finish_for("ann", job.lease, outcome_kind::released));
  CHECK(look(ids[0]).state == job_state::cancelled);
}

TEST_CASE_METHOD(pulling, "F05: a pull worker that reports no progress in time loses its job") {
  begin();
  auto ids = enqueue(1, {.progress_timeout = 10s});
  auto job = take("ann");
  for (int i = 0; i < 15; ++i) {
    advance(2s);
    beat_for("ann", {job.lease}, {{job.lease, "on it"}});
  }
  CHECK(look(ids[0]).state == job_state::running);
  for (int i = 0; i < 7; ++i) {
    advance(2s);
    beat_for("ann", {job.lease});
  }
  CHECK(look(ids[0]).counters.failures == 1);
  CHECK(look(ids[0]).reason == end_reason::no_progress);
}

TEST_CASE_METHOD(pulling, "F05: a pull worker's run time-out is kept within a second") {
  begin();
  auto ids = enqueue(1, {.run_timeout = 20s});
  auto job = take("ann");
  for (int i = 0; i < 20; ++i) {
    advance(1s);
    REQUIRE(beat_for("ann", {job.lease})->lost.empty());
  }

  advance(1100ms);

  CHECK(look(ids[0]).reason == end_reason::deadline);
}

TEST_CASE_METHOD(pulling, "F05: a pull worker cannot keep a job beyond its run time-out") {
  begin();
  auto ids = enqueue(1, {.run_timeout = 20s});
  auto job = take("ann");
  for (int i = 0; i < 20; ++i) {
    advance(2s);
    beat_for("ann", {job.lease});
  }
  CHECK(look(ids[0]).counters.failures == 1);
  CHECK(look(ids[0]).reason == end_reason::deadline);
}

TEST_CASE_METHOD(pulling, "jobs of a queue without a handler wait for pull workers") {
  begin();
  auto early = ask<jobs_enqueued>(boss, enqueue_jobs{"open", {{"early", {}}}});
  REQUIRE(early);
  restart();
  auto late = ask<jobs_enqueued>(boss, enqueue_jobs{"open", {{"late", {}}}});
  REQUIRE(late);
  auto worker = join("n1", 5);
  CHECK(worker.seen->runs.empty());
  auto first = pull("ann", 1, 10s, "open");
  REQUIRE(*first);
  CHECK(first->value()->jobs.at(0).payload == "early");
  auto second = pull("ann", 1, 10s, "open");
  REQUIRE(*second);
  CHECK(second->value()->jobs.at(0).payload == "late");
  auto third = pull("ann", 1, 10s, "open");
  CHECK(!*third);
  REQUIRE(ask<jobs_enqueued>(boss, enqueue_jobs{"open", {{"new", {}}}}));
  settle();
  REQUIRE(*third);
  CHECK(third->value()->jobs.at(0).payload == "new");
}

TEST_CASE_METHOD(pulling, "large jobs are not put into one message") {
  options.queues[0].payload_max = limits::payload_bytes_max;
  begin();
  std::vector<new_job> jobs(3, {std::string(300'000, 'x'), {}});
  REQUIRE(ask<jobs_enqueued>(boss, enqueue_jobs{"q", jobs}));
  auto reply = pull("ann", 10);
  REQUIRE(*reply);
  CHECK(reply->value()->jobs.size() == 2);
  CHECK(depths().ready == 1);
}

TEST_CASE_METHOD(pulling, "a pull worker is listed with what it holds, and forgotten") {
  begin();
  enqueue(1);
  auto job = take("ann");
  auto listed = ask<workers_listed>(boss, list_workers{});
  REQUIRE(listed);
  REQUIRE(listed->workers.size() == 1);
  CHECK(listed->workers[0].worker.node == "pull/ann");
  CHECK(listed->workers[0].queues == std::vector{"q"s});
  CHECK(listed->workers[0].leases == std::vector{job.lease});
  CHECK(listed->workers[0].state == worker_state::alive);
  REQUIRE(finish_for("ann", job.lease, outcome_kind::succeeded));
  advance(70s);
  CHECK(ask<workers_listed>(boss, list_workers{})->workers.empty());
}

TEST_CASE_METHOD(pulling, "a draining pull worker gets no jobs and keeps those it has") {
  begin();
  enqueue(2);
  auto job = take("ann");
  REQUIRE(ask<caf::ok_atom>(boss, drain_node{"pull/ann"}));
  auto reply = pull("ann", 1, 3s);
  advance(4s);
  REQUIRE(*reply);
  CHECK(reply->value()->jobs.empty());
  CHECK(beat_for("ann", {job.lease})->lost.empty());
  auto other = take("bob");
  CHECK(other.lease.job != job.lease.job);
}

TEST_CASE_METHOD(pulling, "a drained pull worker is not forgotten while it is silent") {
  begin();
  REQUIRE(*pull("ann", 1, 0s));
  REQUIRE(ask<caf::ok_atom>(boss, drain_node{"pull/ann", true}));
  advance(10min, 100ms);
  enqueue(1);

  auto reply = pull("ann", 1, 0s);

  REQUIRE(*reply);
  CHECK(reply->value()->jobs.empty());
}

TEST_CASE_METHOD(pulling, "a drained pull worker that may go on gets jobs, a waiting call too") {
  begin();
  REQUIRE(*pull("ann", 1, 0s)); // it is known from now on
  REQUIRE(ask<caf::ok_atom>(boss, drain_node{"pull/ann", true}));
  enqueue(1);
  auto reply = pull("ann", 1, 30s);
  CHECK_FALSE(*reply);
  CHECK(ask<workers_listed>(boss, list_workers{})->workers.at(0).state == worker_state::draining);

  REQUIRE(ask<caf::ok_atom>(boss, drain_node{"pull/ann", false}));
  settle();

  CHECK(ask<workers_listed>(boss, list_workers{})->workers.at(0).state == worker_state::alive);
  REQUIRE(*reply);
  CHECK(reply->value()->jobs.size() == 1);
}

TEST_CASE_METHOD(pulling, "a lease that nobody got and that is handed back costs its job nothing") {
  options.queues[0].max_attempts = 1;
  options.queues[0].max_losses = 1;
  begin();
  auto ids = enqueue(1);
  for (int i = 0; i < 3; ++i) {
    auto job = take("ann");
    CHECK(job.attempt == 1);
    auto ended = finish_for("ann", job.lease, outcome_kind::released, {}, 0ms);
    REQUIRE(ended);
    CHECK(ended->lost.empty());
    CHECK(look(ids[0]).state == job_state::ready);
  }
  CHECK(look(ids[0]).counters == job_counters{0, 0, 0, 3});
  CHECK(look(ids[0]).error.empty());
  auto job = take("bob"); // at once
  REQUIRE(finish_for("bob", job.lease, outcome_kind::succeeded));
  CHECK(look(ids[0]).state == job_state::succeeded);
}

TEST_CASE_METHOD(pulling, "whoever pulls without a wait hears at once that others got the jobs") {
  begin();
  enqueue(1);
  auto first = request<jobs_pulled>(boss, pull_jobs{"ann", "q", 1, 0s});
  auto second = request<jobs_pulled>(boss, pull_jobs{"bob", "q", 1, 0s});

  settle(); // and no time passes

  REQUIRE(*first);
  CHECK(first->value()->jobs.size() == 1);
  REQUIRE(*second);
  CHECK(second->value()->jobs.empty());
}

TEST_CASE_METHOD(pulling, "pulls that make no sense are refused") {
  begin();
  auto code_of = [&](pull_jobs x) { return ask<jobs_pulled>(boss, std::move(x)).error().code; };
  CHECK(code_of({"ann", "nowhere", 1, 0s}) == errc::unknown_queue);
  CHECK(code_of({"ann", "q.dead", 1, 0s}) == errc::invalid_argument);
  CHECK(code_of({"", "q", 1, 0s}) == errc::invalid_argument);
  CHECK(code_of({std::string(65, 'x'), "q", 1, 0s}) == errc::invalid_argument);
  CHECK(code_of({"ann", "q", 0, 0s}) == errc::invalid_argument);
  CHECK(code_of({"ann", "q", 101, 0s}) == errc::invalid_argument);
}

TEST_CASE_METHOD(pulling, "a job granted to a gateway that died meanwhile is ready again at once") {
  begin();
  auto gateway = std::make_unique<caf::scoped_actor>(system);
  (*gateway)->send(boss, pull_jobs{"ann", "q", 1, 60s});
  settle();
  gateway.reset();
  settle();
  enqueue(1);
  auto job = take("bob");
  CHECK(look(job.lease.job).counters.losses == 0);
}

} // namespace dispatcher_pulls_test
