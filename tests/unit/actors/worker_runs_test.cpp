// SPDX-License-Identifier: Apache-2.0
#include <caf/send.hpp>
#include <catch2/catch.hpp>
#include <optional>

#include "tests/support/worker_stage.hpp"

namespace worker_runs_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

TEST_CASE("jobs of an unknown queue or without a handler fail with an error that names it (S2)") {
  stage x;
  x.connect();
  auto unknown = make_job(1), unhandled = make_job(2);
  unknown.queue = "mail";
  unhandled.queue = "empty";

  x.give({unknown, unhandled});

  auto outcomes = x.script->outcomes();
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].kind == outcome_kind::failed);
  CHECK(outcomes[0].output == "worker node 'n1' does not run queue 'mail'");
  CHECK(outcomes[1].output == "worker node 'n1' has no handler 'forgotten' for queue 'empty'");
}

// -- time-outs and cancelling ---------------------------------------------------------------------

TEST_CASE("a handler that outlives its run_timeout has failed with reason deadline (F05)") {
  stage x;
  x.stops_after = 1s;
  x.connect();
  x.give({make_job(1, 3s)});

  x.advance(3900ms);
  CHECK(x.script->outcomes().empty()); // it was told to stop, and has not ended yet
  CHECK(x.script->beats.back().leases == keys{key(1)});
  x.advance(300ms);

  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].kind == outcome_kind::failed);
  CHECK(x.script->outcomes()[0].reason == end_reason::deadline);
  x.advance(5s);
  CHECK(x.script->outcomes().size() == 1);
  CHECK(x.script->beats.back().capacity == 5);
}

TEST_CASE("a handler that is silent has failed with no_progress, one that reports has not") {
  stage x;
  x.connect();
  x.give({make_job(1, 1h, 2s), make_job(2, 1h, 2s)});
  for (int i = 0; i < 5; ++i) {
    x.runner->report_progress(key(2), "on my way");
    x.advance(1s);
  }

  auto outcomes = x.script->outcomes();
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].lease == key(1));
  CHECK(outcomes[0].reason == end_reason::no_progress);
}

TEST_CASE("a cancelled job is stopped, whether it runs or waits (F07)") {
  stage x;
  x.connect();
  x.give({make_job(1), make_job(2), make_job(3)});

  x.cancel({key(1), key(3)});
  x.advance(200ms);

  auto outcomes = x.script->outcomes();
  REQUIRE(outcomes.size() == 2);
  for (const auto& outcome : outcomes)
    CHECK(outcome.kind == outcome_kind::cancelled);
  CHECK(x.started() == keys{key(1), key(2)});
}

TEST_CASE("a heartbeat's answer cancels, too") {
  stage x;
  x.connect();
  x.give({make_job(1)});
  x.script->beat_reply.cancelled = {key(1)};

  x.advance(interval + 200ms);

  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].kind == outcome_kind::cancelled);
}

TEST_CASE("a handler that ignores its stop loses its slot to the next job (F05)") {
  stage x;
  x.stops_after = -1ms;
  x.connect();
  x.give({make_job(1), make_job(2), make_job(3)});
  x.cancel({key(1)});
  CHECK(x.started() == keys{key(1), key(2)});

  x.advance(2200ms);

  CHECK(x.started() == keys{key(1), key(2), key(3)});
  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].kind == outcome_kind::cancelled);
  CHECK(x.runner->abandoned() == 1);
}

TEST_CASE("a worker ends when more handlers than it has slots ignored their stop") {
  stage x;
  x.stops_after = x.duration = -1ms;
  caf::error why;
  auto watching = x.system.spawn([&](caf::event_based_actor* observer) -> caf::behavior {
    observer->monitor(x.worker);
    observer->set_down_handler([&](const caf::down_msg& down) { why = down.reason; });
    return {[](int) {}};
  });
  x.connect();
  x.give({make_job(1), make_job(2), make_job(3)});

  x.cancel({key(1), key(2)});
  x.advance(2200ms);
  CHECK_FALSE(why);
  x.cancel({key(3)});
  x.advance(2200ms);

  REQUIRE(why);
  CHECK(from_caf(why).code == errc::unavailable);
}

// -- drain ----------------------------------------------------------------------------------------

TEST_CASE("a drain hands back what waits, lets run what runs, and is answered at its end") {
  stage x;
  x.connect();
  x.give({make_job(1), make_job(2), make_job(3)});

  auto drained = x.request<caf::ok_atom>(x.worker, drain_worker{30s});
  x.advance(200ms);

  CHECK(x.script->beats.back().capacity == 0);
  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].lease == key(3));
  CHECK(x.script->outcomes()[0].kind == outcome_kind::released);
  CHECK_FALSE(drained->has_value());
  auto beats = x.script->beats.size();
  x.advance(9s);
  CHECK(x.script->beats.size() >= beats + 8); // F02: through a drain, too
  x.advance(2s);
  CHECK(x.script->outcomes().size() == 3);
  CHECK(x.started() == keys{key(1), key(2)});
  REQUIRE(drained->has_value());
  CHECK((*drained)->has_value());
}

TEST_CASE("jobs that arrive during a drain are handed back") {
  stage x;
  x.connect();
  auto drained = x.request<caf::ok_atom>(x.worker, drain_worker{30s});
  x.settle();

  x.give({make_job(1)});

  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].kind == outcome_kind::released);
  CHECK(x.script->starts.empty());
  CHECK(drained->has_value());
}

TEST_CASE("after a drain's grace handlers are stopped, then given up, and all are handed back") {
  stage x;
  x.handlers.stops_after = nullptr;
  x.duration = -1ms;
  x.stops_after = -1ms;
  x.connect();
  x.give({make_job(1), make_job(2)});

  auto drained = x.request<caf::ok_atom>(x.worker, drain_worker{3s});
  x.advance(4900ms);
  CHECK(x.script->outcomes().empty());
  x.advance(400ms);

  REQUIRE(x.script->outcomes().size() == 2);
  for (const auto& outcome : x.script->outcomes())
    CHECK(outcome.kind == outcome_kind::released);
  CHECK(drained->has_value());
}

TEST_CASE("a drain ends although the dispatcher cannot be reached") {
  stage x;
  x.duration = 100ms;
  x.connect();
  x.give({make_job(1)});
  x.disconnect();
  x.advance(1s);

  auto drained = x.request<caf::ok_atom>(x.worker, drain_worker{30s});
  x.advance(4s);
  CHECK_FALSE(drained->has_value());
  x.advance(1500ms);

  CHECK(drained->has_value());
}

TEST_CASE("a worker that was drained for somebody takes jobs again when it is told to") {
  stage x;
  x.connect();
  x.give({make_job(1), make_job(2), make_job(3)});
  caf::anon_send(x.worker, drain_worker{24h});
  x.settle();
  REQUIRE(x.script->outcomes().size() == 1); // what had not begun
  CHECK(x.script->beats.back().capacity == 0);
  SECTION("while it still runs some") {
    caf::anon_send(x.worker, resume_worker{});
    x.settle();
    CHECK(x.script->beats.back().capacity == 5);
    CHECK(x.script->beats.back().leases == keys{key(1), key(2)});
    x.advance(11s);
    CHECK(x.script->outcomes().size() == 3);
  }
  SECTION("when it has ended all") {
    x.advance(11s);
    CHECK(x.script->beats.back().capacity == 0);
    caf::anon_send(x.worker, resume_worker{});
    x.settle();
    CHECK(x.script->beats.back().capacity == 5);
  }

  x.give({make_job(4)});
  x.advance(11s);

  CHECK(x.script->outcomes().size() == 4);
  CHECK(x.script->outcomes().back()
        == job_outcome{key(4), outcome_kind::succeeded, end_reason::none, "done", -1ms});
}

TEST_CASE(
  "a worker that was told so while it had no dispatcher says at its return that it has room") {
  stage x;
  x.connect();
  caf::anon_send(x.worker, drain_worker{24h});
  x.disconnect();
  x.connect();
  CHECK(x.script->registered.back().capacity == 0);

  x.disconnect();
  caf::anon_send(x.worker, resume_worker{});
  x.connect();

  CHECK(x.script->registered.back().capacity == 5);
}

TEST_CASE("nothing makes a worker whose node stops take jobs again") {
  stage x;
  x.connect();
  x.give({make_job(1)});
  auto before = GENERATE(false, true);
  CAPTURE(before);
  if (before)
    caf::anon_send(x.worker, drain_worker{24h});
  auto drained = x.request<caf::ok_atom>(x.worker, drain_worker{30s});
  if (!before)
    caf::anon_send(x.worker, drain_worker{24h});
  x.settle();
  auto beats = x.script->beats.size();

  caf::anon_send(x.worker, resume_worker{});
  x.settle();

  CHECK(x.script->beats.size() == beats);
  x.give({make_job(2)});
  CHECK(x.script->outcomes().back().kind == outcome_kind::released);
  x.advance(11s);
  REQUIRE(drained->has_value());
  CHECK((*drained)->has_value());
}

TEST_CASE("a drain for somebody does not make the grace of a stopping node longer") {
  stage x;
  x.duration = -1ms;
  x.connect();
  x.give({make_job(1)});
  auto drained = x.request<caf::ok_atom>(x.worker, drain_worker{3s});
  caf::anon_send(x.worker, drain_worker{24h});
  x.advance(3500ms);

  CHECK(drained->has_value());
  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].kind == outcome_kind::released);
}

TEST_CASE("a resume that nobody needs changes nothing") {
  stage x;
  x.connect();
  auto beats = x.script->beats.size();

  caf::anon_send(x.worker, resume_worker{});
  x.settle();

  CHECK(x.script->beats.size() == beats);
}

TEST_CASE("a worker that ends leaves its handlers asked to stop, and no actor alive") {
  stage x;
  x.connect();
  x.give({make_job(1)});

  caf::anon_send_exit(x.worker, caf::exit_reason::user_shutdown);
  x.settle();
  x.advance(20s);

  CHECK(x.script->outcomes().empty());
}

} // namespace worker_runs_test
