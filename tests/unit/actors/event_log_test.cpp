// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/event_log.hpp"

namespace event_log_test {

using namespace troupe;

namespace {

job_event about(job_id job, std::string queue = {}) {
  job_event event;
  event.lease.job = job;
  event.queue = std::move(queue);
  return event;
}

} // namespace

TEST_CASE("a new reader begins with what happens next") {
  event_log log{10, 100};
  log.add(about(1));

  auto first = log.read(0, 10);
  CHECK(first.events.empty());
  CHECK(first.next == 101);
  CHECK_FALSE(first.missed);

  log.add(about(2));
  auto second = log.read(first.next, 10);
  REQUIRE(second.events.size() == 1);
  CHECK(second.events[0].lease.job == 2);
  CHECK(second.events[0].sequence == 102);
}

TEST_CASE("reading in small pieces gives every event once") {
  event_log log{10, 0};
  log.read(0, 1);
  for (job_id i = 1; i <= 5; ++i)
    log.add(about(i));
  std::vector<job_id> seen;
  auto after = std::uint64_t{1};
  for (auto read = log.read(after, 2); !read.events.empty(); read = log.read(read.next, 2))
    for (auto& event : read.events)
      seen.push_back(event.lease.job);
  CHECK(seen == std::vector<job_id>{2, 3, 4, 5});
}

TEST_CASE("S-18 who reads of some queues is told of no others and goes on behind them") {
  event_log log{10, 100};
  for (job_id i = 1; i <= 4; ++i)
    log.add(about(i, i % 2 == 0 ? "mail" : "photos"));
  log.add(about(5)); // of a queue that is not declared any more
  auto read = log.read(100, 10, {"mail", "other"});
  REQUIRE(read.events.size() == 2);
  CHECK(read.events[0].lease.job == 2);
  CHECK(read.events[1].lease.job == 4);
  CHECK(read.next == 105);

  read = log.read(100, 1, {"mail"});
  REQUIRE(read.events.size() == 1);
  CHECK(read.next == 102);
  read = log.read(104, 10, {"mail"});
  CHECK(read.events.empty());
  CHECK(read.next == 105);
}

TEST_CASE("J6: old events are dropped, and a slow reader is told") {
  event_log log{3, 0};
  for (job_id i = 1; i <= 10; ++i)
    log.add(about(i));

  auto late = log.read(2, 100);
  CHECK(late.missed);
  CHECK(late.events.size() == 3);
  CHECK(late.next == 10);
  CHECK_FALSE(log.read(7, 100).missed);
}

TEST_CASE("a number from another history is a gap") {
  event_log log{3, std::uint64_t{2} << 40};
  CHECK(log.read((std::uint64_t{1} << 40) + 5, 10).missed);
  CHECK(log.read((std::uint64_t{3} << 40) + 5, 10).missed);
}

} // namespace event_log_test
