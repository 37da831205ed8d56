// SPDX-License-Identifier: Apache-2.0
#include <caf/send.hpp>
#include <catch2/catch.hpp>

#include "tests/support/worker_stage.hpp"

namespace worker_hosts_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// A worker whose handler's program may be missing.
struct host : stage {
  host() {
    duration = 10ms;
    handlers.ends_with = [this](const leased_job&) {
      return missing.empty() ? outcome::success("done") : outcome::not_started(missing);
    };
  }

  void start() {
    restart([this](worker_options& options) {
      options.queues.erase("empty");
      options.queues["pictures"].check = [this] { return seen_missing; };
    });
    connect();
  }

  std::string missing;      ///< why it cannot be started
  std::string seen_missing; ///< the same, as far as it is known before
};

} // namespace

TEST_CASE("a job whose handler cannot be started is handed back, and the handler withheld") {
  host x;
  x.start();
  x.missing = "cannot run program 'convert': no memory";
  CHECK(x.script->registered.back().queues == std::vector<std::string>{"pictures"});

  x.give({make_job(1), make_job(2)});
  x.advance(300ms);

  REQUIRE(x.script->outcomes().size() == 2);
  for (const auto& outcome : x.script->outcomes())
    CHECK(outcome.kind == outcome_kind::released);
  REQUIRE(x.script->registered.size() == 2);
  CHECK(x.script->registered[1].queues.empty());
  CHECK(x.script->registered[1].withheld == std::vector<withheld_queue>{{"pictures", x.missing}});
}

TEST_CASE("a withheld handler is tried again after a while, and for longer if it fails again") {
  host x;
  x.start();
  x.missing = "no memory";
  x.give({make_job(1)});
  x.advance(1300ms);
  REQUIRE(x.script->registered.size() == 3);
  CHECK(x.script->registered[2].queues == std::vector<std::string>{"pictures"});
  CHECK(x.script->registered[2].withheld.empty());

  x.give({make_job(2)});
  x.advance(1700ms);
  REQUIRE(x.script->registered.size() == 4);
  CHECK(x.script->registered[3].queues.empty());
  x.missing.clear();
  x.advance(1s);

  REQUIRE(x.script->registered.size() == 5);
  x.give({make_job(3)});
  x.advance(300ms);
  CHECK(x.script->outcomes().back().kind == outcome_kind::succeeded);
}

TEST_CASE("a program that is known to be missing costs no job a delivery") {
  host x;
  x.seen_missing = "cannot run program 'convert': it is not in PATH";
  x.start();
  CHECK(x.script->registered.back().queues.empty());
  REQUIRE(x.script->registered.back().withheld.size() == 1);
  CHECK(x.script->registered.back().withheld[0].why == x.seen_missing);
  x.advance(5min, 100ms);
  CHECK(x.script->registered.size() == 1);

  x.seen_missing.clear(); // somebody installs it
  x.advance(61s, 100ms);

  REQUIRE(x.script->registered.size() == 2);
  CHECK(x.script->registered[1].queues == std::vector<std::string>{"pictures"});
}

TEST_CASE("a job of a withheld handler that was on its way is handed back") {
  host x;
  x.seen_missing = "not in PATH";
  x.start();

  x.give({make_job(1)});

  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].kind == outcome_kind::released);
  CHECK(x.started().empty());
}

TEST_CASE("a run that a signal ended has failed, unless the node is told to stop as well") {
  stage x;
  x.duration = 10ms;
  x.handlers.ends_with
    = [](const leased_job&) { return outcome::ended_by_signal("was ended by signal 15"); };
  x.restart([](worker_options&) {}); // its runner knows the handler from now on
  x.connect();
  x.give({make_job(1)});
  x.advance(500ms);
  CHECK(x.script->outcomes().empty()); // perhaps the whole service is being stopped

  SECTION("it is not") {
    x.advance(1s);
    REQUIRE(x.script->outcomes().size() == 1);
    CHECK(x.script->outcomes()[0].kind == outcome_kind::failed);
    CHECK(x.script->outcomes()[0].output == "was ended by signal 15");
  }
  SECTION("it is") {
    auto drained = x.request<caf::ok_atom>(x.worker, drain_worker{30s});
    x.advance(200ms);
    REQUIRE(x.script->outcomes().size() == 1);
    CHECK(x.script->outcomes()[0].kind == outcome_kind::released);
    CHECK(drained->has_value());
  }
}

TEST_CASE("a run that a signal ends while the node drains is handed back") {
  stage x;
  x.duration = 500ms;
  x.handlers.ends_with
    = [](const leased_job&) { return outcome::ended_by_signal("was ended by signal 15"); };
  x.restart([](worker_options&) {}); // its runner knows the handler from now on
  x.connect();
  x.give({make_job(1)});
  caf::anon_send(x.worker, drain_worker{30s});

  x.advance(700ms);

  REQUIRE(x.script->outcomes().size() == 1);
  CHECK(x.script->outcomes()[0].kind == outcome_kind::released);
}

TEST_CASE("J2: a worker that slept asks for its leases before it gives them up") {
  stage x;
  x.connect();
  x.duration = -1ms;
  x.give({make_job(1, 1h)});
  auto beats = x.script->beats.size();

  SECTION("nobody has taken them: the whole machine slept") {
    x.advance(5min, 5min);
    x.advance(300ms);
    CHECK(x.script->beats.size() > beats);
    CHECK(x.script->beats.back().leases == keys{key(1)});
    x.advance(3s);
    CHECK(x.script->beats.back().leases == keys{key(1)});
  }
  SECTION("somebody has") {
    x.script->beat_reply.lost = {key(1)};
    x.advance(5s, 5s);
    x.advance(300ms);
    x.advance(interval);
    CHECK(x.script->beats.back().leases.empty());
  }
  SECTION("nobody answers") {
    x.script->answers_beats = false;
    x.advance(5s, 5s);
    x.advance(interval + 300ms);
    CHECK(x.script->beats.back().leases.empty());
  }
}

TEST_CASE("J2: in one process with its dispatcher a worker gives up no lease for silence") {
  stage x;
  x.restart([](worker_options& options) { options.with_dispatcher = true; });
  x.connect();
  x.duration = -1ms;
  x.give({make_job(1, 1h)});
  x.script->answers_beats = false;

  x.advance(20s);

  CHECK(x.script->beats.back().leases == keys{key(1)});
}

} // namespace worker_hosts_test
