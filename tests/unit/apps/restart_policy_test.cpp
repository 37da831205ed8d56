// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "apps/troupe/restart_policy.hpp"

namespace restart_policy_test {

using namespace troupe;
using namespace std::chrono_literals;

TEST_CASE("a process that keeps ending waits longer and longer, up to a limit") {
  restart_policy policy{7};
  REQUIRE(policy.ended(1min, 1));

  auto limit = milliseconds{100};
  for (auto i = 0; i < 30; ++i) {
    limit = std::min<milliseconds>(limit * 2, 10s);
    auto delay = policy.ended(1s, -11);
    REQUIRE(delay);
    CHECK(*delay >= limit / 2);
    CHECK(*delay <= limit);
  }
}

TEST_CASE("a process that lived for a while starts again soon") {
  restart_policy policy{7};
  for (auto i = 0; i < 10; ++i)
    policy.ended(1s, -9);

  CHECK(policy.ended(1min, 1) <= 100ms);
}

TEST_CASE("a process that has never worked is given up") {
  restart_policy policy{7};
  for (auto i = 0; i < 4; ++i)
    CHECK(policy.ended(1s, 1));
  CHECK_FALSE(policy.ended(1s, 1));
}

TEST_CASE("a process that refuses its configuration is given up at once, unless it has worked") {
  CHECK_FALSE(restart_policy{7}.ended(1s, 2));

  restart_policy policy{7};
  policy.ended(1min, 1);
  CHECK(policy.ended(1s, 2));
}

TEST_CASE("a process that is killed again and again is not given up") {
  restart_policy policy{7};
  for (auto i = 0; i < 100; ++i)
    CHECK(policy.ended(100ms, -9));
}

} // namespace restart_policy_test
