// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/support/captured_log.hpp"
#include "tests/support/worker_stage.hpp"

namespace worker_log_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const std::string traced = "job 1 lease 101 trace 4bf92f3577b34da6a3ce929d0e0e4736";

leased_job traced_job(milliseconds run_timeout = 1h) {
  auto job = make_job(1, run_timeout);
  job.trace_parent = trace;
  return job;
}

} // namespace

TEST_CASE("a worker logs when a job begins and ends, with its trace") {
  stage x;
  x.connect();
  captured_log log{spdlog::level::debug};

  x.give({traced_job(), make_job(2)});
  x.advance(11s);

  CHECK_THAT(log.text(), Contains("debug worker: " + traced + " begins\n"));
  CHECK_THAT(log.text(), Contains("debug worker: " + traced + " ends, succeeded\n"));
  CHECK_THAT(log.text(), Contains("debug worker: job 2 lease 102 begins\n"));
}

TEST_CASE("a worker logs a failure, with its trace and the beginning of its error") {
  stage x;
  x.handlers.ends_with
    = [](const leased_job&) { return outcome::failure("no luck" + std::string(1000, '!')); };
  x.restart([](worker_options&) {});
  x.connect();
  captured_log log{spdlog::level::info};

  x.give({traced_job()});
  x.advance(11s);

  CHECK_THAT(log.text(), Contains("info worker: " + traced + " ends, failed: no luck!"));
  CHECK(log.text().size() < 400);
}

TEST_CASE("a worker logs nothing of runs that go well unless it is asked to") {
  stage x;
  x.connect();
  captured_log log{spdlog::level::info};

  x.give({traced_job()});
  x.advance(11s);

  CHECK(log.text().empty());
}

TEST_CASE(
  "a worker logs time-outs, leases that are lost and handlers that hang, with their trace") {
  stage x;
  x.stops_after = -1ms;
  x.connect();
  captured_log log{spdlog::level::info};

  x.give({traced_job(3s)});
  SECTION("out of time, and deaf") {
    x.advance(6s);
    CHECK_THAT(log.text(), Contains("worker: " + traced + " is out of time"));
    CHECK_THAT(log.text(), Contains("the handler of " + traced + " did not stop"));
  }
  SECTION("lost") {
    x.script->beat_reply.lost = {key(1)};
    x.advance(interval + 100ms);
    CHECK_THAT(log.text(), Contains("worker: " + traced + " was given to somebody else"));
  }
}

} // namespace worker_log_test
