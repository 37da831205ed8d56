// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/restart_budget.hpp"

namespace restart_budget_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {
constexpr restart_budget::time_point start{};
}

TEST_CASE("restarts up to the intensity are allowed, the next one is not") {
  restart_budget budget{2, 10s};

  CHECK(budget.spend(start));
  CHECK(budget.spend(start + 1s));
  CHECK_FALSE(budget.spend(start + 2s));
}

TEST_CASE("restarts stop counting when their period is over") {
  restart_budget budget{2, 10s};
  REQUIRE(budget.spend(start));
  REQUIRE(budget.spend(start + 5s));

  CHECK(budget.spend(start + 10s));
  CHECK(budget.spent() == 2);
  CHECK_FALSE(budget.spend(start + 14s));
}

TEST_CASE("an intensity of zero allows no restart") {
  restart_budget budget{0, 10s};

  CHECK_FALSE(budget.spend(start));
}

TEST_CASE("what goes on failing stays over the budget, in bounded memory") {
  restart_budget budget{3, 10s};
  for (int i = 0; i < 1000; ++i)
    budget.spend(start + i * 1ms);

  CHECK_FALSE(budget.spend(start + 1s));
  CHECK(budget.spent() == 4);
}

} // namespace restart_budget_test
