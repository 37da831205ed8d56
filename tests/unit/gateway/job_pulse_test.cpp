// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/job_pulse.hpp"

namespace job_pulse_test {

using namespace troupe;

namespace {

job_event event_of(job_event_kind kind, job_id job, lease_epoch epoch) {
  job_event x;
  x.kind = kind;
  x.lease = {job, epoch};
  return x;
}

} // namespace

TEST_CASE("a pulse shows a lost job, and where it was handed out again") {
  using enum job_event_kind;
  job_pulse pulse;
  pulse.read({{event_of(leased, 1, 1), event_of(started, 1, 1), event_of(lost, 1, 1),
               event_of(leased, 1, 2), event_of(started, 1, 2), event_of(leased, 2, 3)},
              6,
              false});

  const auto x = pulse.take()["notable"];

  REQUIRE(x.size() == 2);
  CHECK(x[0]["kind"] == "lost");
  CHECK(x[1]["kind"] == "leased");
  CHECK(x[1]["job"] == "1");
}

TEST_CASE("a pulse says when more happened than it saw") {
  job_pulse pulse;
  pulse.read({{}, 5, true});
  CHECK(pulse.after() == 5);
  CHECK(pulse.take()["exact"] == false);
  CHECK(pulse.take()["exact"] == true);
}

TEST_CASE("J6 a pulse keeps no more notable events than a person reads") {
  job_pulse pulse;
  events_read many;
  for (job_id i = 1; i <= 1000; ++i)
    many.events.push_back(event_of(job_event_kind::dead, i, i));
  pulse.read(many);
  const auto x = pulse.take();
  CHECK(x["notable"].size() == 50);
  CHECK(x["exact"] == false);
}

} // namespace job_pulse_test
