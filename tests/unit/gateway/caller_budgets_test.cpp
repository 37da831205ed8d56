// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <optional>
#include <vector>

#include "gateway/caller_budgets.hpp"

namespace caller_budgets_test {

using namespace troupe;

TEST_CASE("S-7 who holds as many as it may gets no more and takes none from others") {
  caller_budgets budgets{2};
  auto first = budgets.take("greedy");
  auto second = budgets.take("greedy");
  CHECK(first);
  CHECK(second);
  CHECK_FALSE(budgets.take("greedy"));
  CHECK(budgets.take("modest"));
  auto copy = first;
  first.reset();
  CHECK_FALSE(budgets.take("greedy"));
  copy.reset();
  CHECK(budgets.take("greedy"));
}

TEST_CASE("what is held may be given back after the end of the budgets") {
  std::optional<caller_budgets> budgets{std::in_place, 1};
  auto held = budgets->take("x");
  budgets.reset();
  held.reset();
  CHECK_FALSE(held);
}

} // namespace caller_budgets_test
