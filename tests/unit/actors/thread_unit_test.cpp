// SPDX-License-Identifier: Apache-2.0
#include <caf/send.hpp>
#include <catch2/catch.hpp>
#include <vector>

#include "actors/thread_unit.hpp"
#include "tests/support/deterministic.hpp"

namespace thread_unit_test {

using namespace troupe;
using namespace troupe::test;

namespace {

// The scheduler of this fixture runs nothing by itself, so what ran, ran on the unit.
struct stage : fixture {
  thread_unit unit{system};
  std::vector<int> heard;

  caf::strong_actor_ptr spawn_listener() {
    return untyped(system.spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](int x) { heard.push_back(x); }};
    }));
  }

  caf::strong_actor_ptr untyped(const caf::actor& x) {
    settle(); // it has started, and waits
    return caf::actor_cast<caf::strong_actor_ptr>(x);
  }
};

} // namespace

TEST_CASE("an idle actor takes its message on the thread of the unit") {
  stage s;
  auto listener = s.spawn_listener();
  s.unit.send(listener, 1);
  CHECK(s.heard.empty());
  CHECK_FALSE(s.scheduler.has_job());
  CHECK(s.unit.run());
  CHECK(s.heard == std::vector{1});
  CHECK_FALSE(s.unit.run());
}

TEST_CASE("those who are asked by an actor on the unit answer there, too") {
  stage s;
  auto doubler = s.system.spawn(
    [](caf::event_based_actor*) -> caf::behavior { return {[](int x) { return 2 * x; }}; });
  auto asker = s.untyped(s.system.spawn([&s, doubler](caf::event_based_actor* self) {
    return caf::behavior{[&s, self, doubler](int x) {
      self->request(doubler, caf::infinite, x)
        .then([&s](int y) { s.heard.push_back(y); }, [](const caf::error&) {});
    }};
  }));
  s.unit.send(asker, 21);
  while (s.unit.run()) {
  }
  CHECK(s.heard == std::vector{42});
  CHECK_FALSE(s.scheduler.has_job());
}

TEST_CASE("an actor that others keep busy is left to them") {
  stage s;
  auto listener = s.spawn_listener();
  caf::anon_send(caf::actor_cast<caf::actor>(listener), 1);
  s.unit.send(listener, 2);
  CHECK_FALSE(s.unit.run());
  s.settle();
  CHECK(s.heard == std::vector{1, 2});
}

TEST_CASE("what is too much for one turn of the unit goes to the scheduler") {
  stage s;
  constexpr auto listeners = thread_unit::runs_max + 3;
  std::vector<caf::strong_actor_ptr> all;
  for (std::size_t i = 0; i < listeners; ++i)
    all.push_back(s.spawn_listener());
  for (const auto& x : all)
    s.unit.send(x, 1);
  CHECK(s.unit.run());
  CHECK(s.heard.size() == thread_unit::runs_max);
  CHECK_FALSE(s.unit.run());
  s.settle();
  CHECK(s.heard.size() == listeners);
}

TEST_CASE("a unit that ends leaves nobody behind") {
  stage s;
  auto listener = s.spawn_listener();
  {
    thread_unit brief{s.system};
    brief.send(listener, 1);
  }
  s.settle();
  CHECK(s.heard == std::vector{1});
}

} // namespace thread_unit_test
