#include <catch2/catch.hpp>

#include "gateway/job_pulse.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

job_event event_of(job_event_kind kind, job_id job, lease_epoch epoch,
                   std::chrono::milliseconds at = 0ms) {
  job_event x;
  x.kind = kind;
  x.lease = {job, epoch};
  x.at = timestamp{at};
  return x;
}

} // namespace

TEST_CASE("a pulse counts what happened, by the second") {
  using enum job_event_kind;
  job_pulse pulse;
  pulse.read({{event_of(started, 1, 1), event_of(succeeded, 1, 1), event_of(started, 2, 2),
               event_of(succeeded, 2, 2), event_of(retrying, 3, 3)},
              70,
              false});

  const auto x = pulse.take(2.0);

  CHECK(pulse.after() == 70);
  CHECK(x["exact"] == true);
  CHECK(x["succeeded"] == 1.0);
  CHECK(x["retrying"] == 0.5);
  CHECK(pulse.take(1.0)["succeeded"] == 0.0);
}

TEST_CASE("a pulse measures runs from their start to their end, across looks") {
  using enum job_event_kind;
  job_pulse pulse;
  pulse.read({{event_of(started, 1, 1, 10ms), event_of(started, 2, 2, 10ms)}, 1, false});
  CHECK(pulse.take(1.0)["run_ms"].is_null());
  pulse.read({{event_of(succeeded, 1, 1, 30ms), event_of(retrying, 2, 2, 110ms)}, 2, false});

  const auto x = pulse.take(1.0)["run_ms"];

  CHECK(x["p50"] == 20.0);
  CHECK(x["p99"] == 100.0);
}

TEST_CASE("a pulse shows a lost job, and where it was handed out again") {
  using enum job_event_kind;
  job_pulse pulse;
  pulse.read({{event_of(leased, 1, 1), event_of(started, 1, 1), event_of(lost, 1, 1),
               event_of(leased, 1, 2), event_of(started, 1, 2), event_of(leased, 2, 3)},
              6,
              false});

  const auto x = pulse.take(1.0)["notable"];

  REQUIRE(x.size() == 2);
  CHECK(x[0]["kind"] == "lost");
  CHECK(x[1]["kind"] == "leased");
  CHECK(x[1]["job"] == "1");
}

TEST_CASE("a pulse says when more happened than it saw") {
  job_pulse pulse;
  pulse.read({{}, 5, true});
  CHECK(pulse.take(1.0)["exact"] == false);
  CHECK(pulse.take(1.0)["exact"] == true);
}

TEST_CASE("J6 a pulse keeps no more notable events than a person reads") {
  job_pulse pulse;
  events_read many;
  for (job_id i = 1; i <= 1000; ++i)
    many.events.push_back(event_of(job_event_kind::dead, i, i));
  pulse.read(many);
  CHECK(pulse.take(1.0)["notable"].size() == 50);
}
