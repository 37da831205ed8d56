// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include "actors/backoff.hpp"

namespace backoff_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr backoff_settings doubling{.base = 100ms, .factor = 2, .max = 1000ms};
constexpr auto many = std::numeric_limits<std::uint32_t>::max();

} // namespace

TEST_CASE("the longest wait grows by the factor up to the maximum") {
  CHECK(backoff_limit(doubling, 0) == 0ms);
  CHECK(backoff_limit(doubling, 1) == 100ms);
  CHECK(backoff_limit(doubling, 2) == 200ms);
  CHECK(backoff_limit(doubling, 4) == 800ms);
  CHECK(backoff_limit(doubling, 5) == 1000ms);
  CHECK(backoff_limit(doubling, 6) == 1000ms);
}

TEST_CASE("the longest wait never overflows") {
  CHECK(backoff_limit(doubling, many) == 1000ms);
  CHECK(
    backoff_limit({.base = milliseconds::max(), .factor = 1e9, .max = milliseconds::max()}, many)
    == milliseconds::max());
  CHECK(backoff_limit({.base = 0ms, .factor = 2, .max = 1000ms}, many) == 0ms);
  CHECK(backoff_limit({.base = 100ms, .factor = 2, .max = -1ms}, 3) == 0ms);
}

TEST_CASE("a factor of one waits equally long after every failure") {
  CHECK(backoff_limit({.base = 250ms, .factor = 1, .max = 1000ms}, many) == 250ms);
}

TEST_CASE("waits are spread over the whole range and stay inside it") {
  std::mt19937_64 random{7};
  auto shortest = milliseconds::max();
  auto longest = milliseconds::min();
  for (int i = 0; i < 10'000; ++i) {
    auto delay = backoff_delay(doubling, 4, random);
    shortest = std::min(shortest, delay);
    longest = std::max(longest, delay);
  }

  CHECK(shortest >= 0ms);
  CHECK(shortest < 10ms);
  CHECK(longest > 790ms);
  CHECK(longest <= 800ms);
}

TEST_CASE("the same seed gives the same waits") {
  std::mt19937_64 one{42};
  std::mt19937_64 other{42};

  for (std::uint32_t failures = 1; failures < 20; ++failures)
    CHECK(backoff_delay(doubling, failures, one) == backoff_delay(doubling, failures, other));
}

} // namespace backoff_test
