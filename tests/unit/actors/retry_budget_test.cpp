// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/retry_budget.hpp"

namespace retry_budget_test {

using troupe::retry_budget;

TEST_CASE("a retry budget has its burst at the start, and no more") {
  retry_budget budget{0.1, 2};
  CHECK(budget.take());
  CHECK(budget.take());
  CHECK_FALSE(budget.take());
}

TEST_CASE("ten requests at a budget of a tenth pay for one retry") {
  retry_budget budget{0.1, 1};
  REQUIRE(budget.take());
  for (int i = 0; i < 9; ++i)
    budget.pay_in();
  CHECK_FALSE(budget.take());
  budget.pay_in();
  CHECK(budget.take());
  CHECK_FALSE(budget.take());
}

TEST_CASE("a retry budget saves no more than its burst") {
  retry_budget budget{0.5, 3};
  for (int i = 0; i < 1000; ++i)
    budget.pay_in();
  int taken = 0;
  while (budget.take())
    ++taken;
  CHECK(taken == 3);
}

} // namespace retry_budget_test
