// SPDX-License-Identifier: Apache-2.0
#include <caf/send.hpp>
#include <catch2/catch.hpp>
#include <optional>

#include "tests/support/worker_stage.hpp"

namespace worker_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

// -- the connection -------------------------------------------------------------------------------

TEST_CASE("a worker asks its receptionist for the dispatcher and registers there") {
  stage x;
  REQUIRE(x.subscriptions->size() == 1);
  CHECK(x.subscriptions->front().name == "dispatcher");
  CHECK(x.subscriptions->front().subscriber == x.worker);

  x.connect();

  REQUIRE(x.script->registered.size() == 1);
  const auto& said = x.script->registered.front();
  CHECK(said.worker == own_id);
  CHECK(said.queues == std::vector<std::string>{"empty", "pictures"});
  CHECK(said.slots == 2);
  CHECK(said.capacity == 5);
  CHECK(said.leases.empty());
}

TEST_CASE("a worker that is refused tries again until it is registered") {
  stage x;
  x.script->refuse_registration = errc::unavailable;
  x.connect();
  x.advance(5s);
  CHECK(x.script->registered.size() > 2);
  CHECK(x.script->beats.empty());

  x.script->refuse_registration = errc::none;
  x.advance(5s);
  auto attempts = x.script->registered.size();
  x.advance(5s);

  CHECK(x.script->registered.size() == attempts);
  CHECK_FALSE(x.script->beats.empty());
}

TEST_CASE("a worker registers again whenever it hears of a dispatcher, even of the same one") {
  stage x;
  x.connect();
  x.connect();

  CHECK(x.script->registered.size() == 2);
}

TEST_CASE("jobs of a dispatcher at which a worker is not registered are ignored") {
  stage x;
  x.connect();
  x.disconnect();

  x.give({make_job(1)});
  x.connect();

  CHECK(x.script->registered.back().leases.empty());
  CHECK(x.script->starts.empty());
}

// -- heartbeats -----------------------------------------------------------------------------------

TEST_CASE("one heartbeat an interval names all leases, those that wait too (F02)") {
  stage x;
  x.connect();
  x.give({make_job(1), make_job(2), make_job(3)});
  CHECK(x.started() == keys{key(1), key(2)});

  x.advance(interval * 3 + 200ms);

  REQUIRE(x.script->beats.size() == 3);
  for (const auto& beat : x.script->beats) {
    CHECK(beat.worker == own_id);
    CHECK(beat.capacity == 5);
    CHECK(beat.leases == keys{key(1), key(2), key(3)});
  }
}

TEST_CASE("a heartbeat tells progress once") {
  stage x;
  x.connect();
  x.give({make_job(1)});
  x.runner->report_progress(key(1), "half");

  x.advance(interval * 2 + 200ms);

  REQUIRE(x.script->beats.size() == 2);
  CHECK(x.script->beats[0].progress == std::vector<lease_progress>{{key(1), "half"}});
  CHECK(x.script->beats[1].progress.empty());
}

TEST_CASE("a worker that the dispatcher does not know any more registers again, with its leases") {
  stage x;
  x.connect();
  x.give({make_job(1)});
  auto restarted = std::make_shared<dispatcher_script>();

  caf::anon_send_exit(x.dispatcher, caf::exit_reason::kill);
  x.settle();
  x.tell_name(x.system.spawn(scripted_dispatcher, restarted));

  REQUIRE(restarted->registered.size() == 1);
  CHECK(restarted->registered[0].leases == keys{key(1)});
}

TEST_CASE("a lease that the dispatcher calls lost is stopped and not reported (J3)") {
  stage x;
  x.connect();
  x.give({make_job(1), make_job(2)});
  x.script->beat_reply.lost = {key(1)};

  x.advance(interval + 100ms);
  x.advance(interval);

  CHECK(x.script->beats.back().leases == keys{key(2)});
  CHECK(x.script->outcomes().empty());
}

TEST_CASE("leases that are lost at registration are stopped, the others go on") {
  stage x;
  x.connect();
  x.give({make_job(1), make_job(2)});
  x.script->lost_at_registration = {key(1)};

  x.connect();
  x.advance(11s);

  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].lease == key(2));
}

// -- giving up ------------------------------------------------------------------------------------

TEST_CASE("a worker gives up its leases, counted from when the last accepted heartbeat was sent") {
  stage x;
  x.connect();
  auto registered = x.now();
  x.give({make_job(1), make_job(2), make_job(3)});
  x.advance(interval + 500ms);
  REQUIRE(x.script->beats.size() == 1); // accepted, sent one interval after the registration
  x.script->answers_beats = false;

  while (x.now() < registered + interval + lease_timeout - 100ms)
    x.advance(100ms);
  CHECK(x.script->outcomes().empty());
  x.advance(300ms);

  // Its handlers stop at once in this test, and are handed back for what it is worth.
  REQUIRE(x.script->outcomes().size() == 3);
  for (const auto& outcome : x.script->outcomes())
    CHECK(outcome.kind == outcome_kind::released);
  CHECK(x.started() == keys{key(1), key(2)});
}

TEST_CASE("a zombie's late outcome is reported under its old epoch and refused (F04)") {
  stage x;
  x.stops_after = 1500ms;
  x.connect();
  x.give({make_job(1)});
  x.disconnect();
  x.advance(lease_timeout + 200ms);
  x.script->lost_outcomes = {key(1)};

  x.connect();
  CHECK(x.script->registered.back().leases.empty());
  x.advance(2s);

  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].lease == key(1));
  x.advance(10s);
  CHECK(x.script->outcomes().size() == 1);
}

TEST_CASE("nothing begins while a worker is not connected") {
  stage x;
  x.duration = 1s;
  x.connect();
  x.give({make_job(1), make_job(2), make_job(3)});
  x.disconnect();
  x.advance(2s);

  x.connect();

  CHECK(x.script->registered.back().leases == keys{key(1), key(2), key(3)});
  x.advance(2s);
  CHECK(x.script->outcomes().size() == 3);
}

// -- outcomes -------------------------------------------------------------------------------------

TEST_CASE("an outcome is reported with its result, and then not held any more") {
  stage x;
  x.connect();
  x.give({make_job(1)});
  x.advance(11s);

  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0]
        == job_outcome{key(1), outcome_kind::succeeded, end_reason::none, "done", -1ms});
  x.advance(interval);
  CHECK(x.script->beats.back().leases.empty());
}

TEST_CASE("outcomes that end together share a message, and runs that are over are not started") {
  stage x;
  x.duration = 0ms;
  x.connect();
  std::vector<leased_job> jobs;
  for (job_id job = 1; job <= 5; ++job)
    jobs.push_back(make_job(job));

  x.give(std::move(jobs));
  x.advance(100ms);

  CHECK(x.script->outcomes().size() == 5);
  CHECK(x.script->finishes.size() < 5);
}

TEST_CASE("what ends while two reports are under way waits for an answer") {
  stage x;
  x.script->answers_finishes = false;
  x.duration = 100ms;
  x.connect();
  x.give({make_job(1), make_job(2), make_job(3), make_job(4), make_job(5)});

  x.advance(2s);

  CHECK(x.script->finishes.size() == 2);
}

TEST_CASE("an outcome is reported again after a reconnect until it is acknowledged (J2)") {
  stage x;
  x.duration = 100ms;
  x.connect();
  x.give({make_job(1)});
  x.script->answers_finishes = false;
  x.advance(200ms);
  REQUIRE(x.script->outcomes().size() == 1);

  x.disconnect();
  x.script->answers_finishes = true;
  x.connect();

  CHECK(x.script->registered.back().leases == keys{key(1)});
  REQUIRE(x.script->outcomes().size() == 2);
  CHECK(x.script->outcomes()[1] == x.script->outcomes()[0]);
  x.connect();
  CHECK(x.script->outcomes().size() == 2);
}

TEST_CASE("an outcome that the storage refused is reported again") {
  stage x;
  x.duration = 100ms;
  x.connect();
  x.script->refuse_finish = errc::storage_full;
  x.give({make_job(1)});
  x.advance(3s);
  CHECK(x.script->finishes.size() > 1);
  CHECK(x.script->beats.back().leases == keys{key(1)});

  x.script->refuse_finish = errc::none;
  x.advance(3s);
  auto reports = x.script->finishes.size();
  x.advance(3s);

  CHECK(x.script->finishes.size() == reports);
}

} // namespace worker_test
