// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>

#include "actors/supervision.hpp"

namespace supervision_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

using kind = supervision_step::kind;
using verdict = supervision::verdict;

constexpr supervision::time_point start{};
constexpr auto permanent = restart_kind::permanent;
constexpr auto transient = restart_kind::transient;
constexpr auto temporary = restart_kind::temporary;

supervision_settings settings(restart_strategy strategy, milliseconds backoff = 0ms) {
  return {.strategy = strategy,
          .intensity = 3,
          .period = 10s,
          .backoff = {.base = backoff, .factor = 1, .max = backoff}};
}

supervision three(restart_strategy strategy) {
  return {settings(strategy), {permanent, permanent, permanent}, 1};
}

// What happens until nothing more can be done at once: "+0" started, "-2" told to stop, "." ended,
// "~" waits for a backoff.
std::string steps(supervision& logic, supervision::time_point now = start) {
  std::string result;
  for (;;) {
    auto step = logic.next(now);
    switch (step.what) {
    case kind::start:
      result += "+" + std::to_string(step.child);
      break;
    case kind::stop:
      result += "-" + std::to_string(step.child);
      break;
    case kind::end:
      return result + ".";
    case kind::wait:
      return result + "~";
    case kind::idle:
      return result;
    }
  }
}

// A child that was told to stop does.
std::string stopped(supervision& logic, std::size_t child) {
  CHECK(logic.ended(child, false, start) == verdict::expected);
  return steps(logic);
}

} // namespace

TEST_CASE("children start in order and stop in reverse order, one after another") {
  auto logic = three(restart_strategy::one_for_one);
  CHECK(steps(logic) == "+0+1+2");

  logic.shut_down();

  CHECK(steps(logic) == "-2");
  CHECK(steps(logic).empty());
  CHECK(stopped(logic, 2) == "-1");
  CHECK(stopped(logic, 1) == "-0");
  CHECK(stopped(logic, 0) == ".");
}

TEST_CASE("one for one restarts the child that failed and no other") {
  auto logic = three(restart_strategy::one_for_one);
  steps(logic);

  CHECK(logic.ended(1, true, start) == verdict::restarting);

  CHECK(steps(logic) == "+1");
}

TEST_CASE("one for all stops every other child before it starts them all") {
  auto logic = three(restart_strategy::one_for_all);
  steps(logic);

  CHECK(logic.ended(1, true, start) == verdict::restarting);

  CHECK(steps(logic) == "-2");
  CHECK(stopped(logic, 2) == "-0");
  CHECK(stopped(logic, 0) == "+0+1+2");
}

TEST_CASE("rest for one restarts the children that were started later") {
  auto logic = three(restart_strategy::rest_for_one);
  steps(logic);

  CHECK(logic.ended(1, true, start) == verdict::restarting);

  CHECK(steps(logic) == "-2");
  CHECK(stopped(logic, 2) == "+1+2");
}

TEST_CASE("a child that fails while its group is being stopped is stopped, not counted") {
  auto logic = three(restart_strategy::one_for_all);
  steps(logic);
  logic.ended(0, true, start);
  REQUIRE(steps(logic) == "-2");

  CHECK(logic.ended(1, true, start) == verdict::expected);

  CHECK(stopped(logic, 2) == "+0+1+2");
}

TEST_CASE("an earlier child that fails during a restart takes the group along") {
  auto logic = three(restart_strategy::rest_for_one);
  steps(logic);
  logic.ended(1, true, start);
  REQUIRE(steps(logic) == "-2");

  CHECK(logic.ended(0, true, start) == verdict::restarting);

  CHECK(stopped(logic, 2) == "+0+1+2");
}

TEST_CASE("a permanent child is restarted after a normal end too") {
  supervision logic{settings(restart_strategy::one_for_one), {permanent}, 1};
  steps(logic);

  CHECK(logic.ended(0, false, start) == verdict::restarting);
}

TEST_CASE("a transient child is restarted after a failure only") {
  supervision logic{settings(restart_strategy::one_for_one), {transient, transient}, 1};
  steps(logic);

  CHECK(logic.ended(0, false, start) == verdict::gone);
  CHECK(logic.ended(1, true, start) == verdict::restarting);

  CHECK(steps(logic) == "+1");
}

TEST_CASE("a temporary child is never restarted, by a failed sibling neither") {
  supervision logic{settings(restart_strategy::one_for_all), {permanent, temporary, temporary}, 1};
  steps(logic);
  CHECK(logic.ended(2, true, start) == verdict::gone);
  CHECK(steps(logic).empty());

  CHECK(logic.ended(0, true, start) == verdict::restarting);

  CHECK(steps(logic) == "-1");
  CHECK(stopped(logic, 1) == "+0");
}

TEST_CASE("past the intensity every child is stopped and the supervisor ends") {
  auto logic = three(restart_strategy::one_for_one);
  steps(logic);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(logic.ended(1, true, start) == verdict::restarting);
    REQUIRE(steps(logic) == "+1");
  }

  CHECK(logic.ended(1, true, start) == verdict::gave_up);

  CHECK(steps(logic) == "-2");
  CHECK(stopped(logic, 2) == "-0");
  CHECK(stopped(logic, 0) == ".");
}

TEST_CASE("failures that are further apart than the period go on for ever") {
  auto logic = three(restart_strategy::one_for_one);
  steps(logic);
  for (int i = 0; i < 100; ++i) {
    auto now = start + i * 4s;
    CHECK(logic.ended(0, true, now) == verdict::restarting);
    CHECK(steps(logic, now) == "+0");
  }
}

TEST_CASE("a restart waits for its backoff") {
  supervision logic{settings(restart_strategy::rest_for_one, 1000ms), {permanent, permanent}, 1};
  steps(logic);
  logic.ended(0, true, start);
  logic.next(start);
  logic.ended(1, false, start);

  auto step = logic.next(start);

  REQUIRE(step.what == kind::wait);
  CHECK(step.due > start);
  CHECK(step.due <= start + 1000ms);
  CHECK(steps(logic, step.due - 1ns) == "~");
  CHECK(steps(logic, step.due) == "+0+1");
}

TEST_CASE("children that do not depend on each other do not wait for each other's backoff") {
  supervision logic{settings(restart_strategy::one_for_one, 1000ms), {permanent, permanent}, 1};
  steps(logic);
  logic.ended(0, true, start + 1500ms);
  logic.ended(1, true, start);

  CHECK(steps(logic, start + 1000ms) == "+1~");
  CHECK(steps(logic, start + 2500ms) == "+0");
}

TEST_CASE("shutting down during a backoff starts nothing more") {
  supervision logic{settings(restart_strategy::one_for_one, 1000ms), {permanent}, 1};
  steps(logic);
  logic.ended(0, true, start);

  logic.shut_down();

  CHECK(steps(logic) == ".");
}

} // namespace supervision_test
