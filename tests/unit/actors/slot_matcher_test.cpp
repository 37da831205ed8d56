// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/slot_matcher.hpp"

namespace slot_matcher_test {

using namespace troupe;

namespace {

std::map<std::uint64_t, worker_record> workers_with(std::vector<std::uint32_t> capacities,
                                                    std::vector<std::size_t> queues) {
  std::map<std::uint64_t, worker_record> workers;
  for (auto capacity : capacities) {
    worker_record worker;
    worker.id = {"n" + std::to_string(workers.size() + 1), workers.size() + 1};
    worker.capacity = capacity;
    worker.queues = queues;
    workers[worker.id.incarnation] = worker;
  }
  return workers;
}

auto none_active = [](std::uint64_t) { return std::size_t{0}; };
auto all_wait = [](std::size_t) { return true; };

} // namespace

TEST_CASE("queues share the workers by weight") {
  slot_matcher matcher{{3, 1}};
  auto workers = workers_with({40}, {0, 1});
  matcher.begin(workers, none_active);
  std::map<std::size_t, int> served;
  while (auto queue = matcher.next_queue(all_wait)) {
    ++served[*queue];
    REQUIRE(matcher.place(*queue, {}) == 1);
  }
  CHECK(served[0] == 30);
  CHECK(served[1] == 10);
}

TEST_CASE("a queue that has nothing to do leaves its share to the others") {
  slot_matcher matcher{{1000, 1}};
  auto workers = workers_with({4}, {0, 1});
  matcher.begin(workers, none_active);
  for (int i = 0; i < 4; ++i) {
    CHECK(matcher.next_queue([](std::size_t queue) { return queue == 1; }) == 1);
    CHECK(matcher.place(1, {}) == 1);
  }
  CHECK_FALSE(matcher.next_queue(all_wait));
}

TEST_CASE("J6: no worker gets more than its capacity") {
  slot_matcher matcher{{1}};
  auto workers = workers_with({2, 1}, {0});
  matcher.begin(workers, [](std::uint64_t worker) { return worker == 1 ? 1U : 0U; });
  std::map<std::uint64_t, int> placed;
  while (auto queue = matcher.next_queue(all_wait))
    ++placed[matcher.place(*queue, {})];
  CHECK(placed == std::map<std::uint64_t, int>{{1, 1}, {2, 1}});
}

TEST_CASE("the worker with most room is taken, the node to avoid only if there is no other") {
  slot_matcher matcher{{1}};
  auto workers = workers_with({5, 2}, {0});
  matcher.begin(workers, none_active);
  CHECK(matcher.place(0, {}) == 1);
  CHECK(matcher.place(0, "n1") == 2);
  CHECK(matcher.place(0, "n1") == 2);
  CHECK(matcher.place(0, "n1") == 1);
}

TEST_CASE("workers that do not serve a queue, or are suspect, get none of it") {
  slot_matcher matcher{{1, 1}};
  auto workers = workers_with({5}, {1});
  matcher.begin(workers, none_active);
  CHECK(matcher.next_queue(all_wait) == 1);
  CHECK(matcher.place(0, {}) == 0);

  workers.at(1).state = worker_state::suspect;
  matcher.begin(workers, none_active);
  CHECK_FALSE(matcher.next_queue(all_wait));
}

TEST_CASE("a job that must run alone gets an empty worker, and all of it") {
  slot_matcher matcher{{1}};
  auto workers = workers_with({4, 2}, {0});
  matcher.begin(workers, [](std::uint64_t worker) { return worker == 1 ? 1U : 0U; });

  CHECK(matcher.place_alone(0, {}, false) == 2);

  for (int i = 0; i < 3; ++i) {
    REQUIRE(matcher.next_queue(all_wait) == 0);
    CHECK(matcher.place(0, {}) == 1);
  }
  CHECK_FALSE(matcher.next_queue(all_wait));
}

TEST_CASE("where no worker is empty the one that will be first is kept free") {
  slot_matcher matcher{{1}};
  auto workers = workers_with({4, 4}, {0});
  matcher.begin(workers, [](std::uint64_t worker) { return worker == 1 ? 3U : 2U; });

  CHECK(matcher.place_alone(0, {}, false) == 0);
  CHECK(matcher.place_alone(0, {}, true) == 0);

  REQUIRE(matcher.next_queue(all_wait) == 0);
  CHECK(matcher.place(0, {}) == 1);
  CHECK_FALSE(matcher.next_queue(all_wait));
}

} // namespace slot_matcher_test
