// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/count_pulse.hpp"

namespace count_pulse_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

queue_counts counts_of(const std::string& queue, std::uint64_t enqueued, std::uint64_t succeeded) {
  queue_counts x;
  x.queue = queue;
  x.enqueued = enqueued;
  x.events.resize(static_cast<std::size_t>(job_event_kind::snoozed) + 1);
  x.events[static_cast<std::size_t>(job_event_kind::succeeded)] = succeeded;
  return x;
}

} // namespace

TEST_CASE("the first look at counters tells nothing of the last second") {
  count_pulse pulse;
  CHECK(pulse.take({{counts_of("mail", 500, 400)}, 0}, 1.0).is_null());
  CHECK(pulse.take({{counts_of("mail", 500, 400)}, 0}, 1.0)["enqueued"] == 0.0);
}

TEST_CASE("a pulse of counters tells by the second what all queues grew by") {
  count_pulse pulse;
  pulse.take({{counts_of("mail", 10, 5), counts_of("print", 1, 1)}, 0}, 1.0);

  const auto x = pulse.take({{counts_of("mail", 14, 7), counts_of("print", 3, 1)}, 0}, 2.0);

  CHECK(x["enqueued"] == 3.0);
  CHECK(x["succeeded"] == 1.0);
  CHECK(x["dead"] == 0.0);
}

TEST_CASE("a pulse of counters tells how many jobs waited and ran for how long since the last") {
  count_pulse pulse;
  auto counted = counts_of("mail", 1, 1);
  add(counted.start_latency, 3ms);
  pulse.take({{counted}, 0}, 1.0);
  add(counted.start_latency, 3ms);
  add(counted.run_time, 1h);

  const auto x = pulse.take({{counted}, 0}, 1.0);

  const auto buckets = x["bounds_ms"].size();
  CHECK(x["bounds_ms"][2] == 5.0);
  REQUIRE(x["start"].size() == buckets + 1);
  CHECK(x["start"][2] == 1);
  CHECK(x["run"][buckets] == 1);
}

TEST_CASE("a pulse of counters goes on when another dispatcher counts from 0") {
  count_pulse pulse;
  pulse.take({{counts_of("mail", 100, 90)}, 0}, 1.0);

  const auto x = pulse.take({{counts_of("mail", 3, 2)}, 0}, 1.0);

  CHECK(x["enqueued"] == 3.0);
  CHECK(x["succeeded"] == 2.0);
}

TEST_CASE("a queue that a pulse of counters did not know is counted from 0") {
  count_pulse pulse;
  pulse.take({{}, 0}, 1.0);
  CHECK(pulse.take({{counts_of("new", 4, 0)}, 0}, 1.0)["enqueued"] == 4.0);
}

} // namespace count_pulse_test
