// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/cache_shards.hpp"

namespace cache_shards_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr cache_shards::time_point start{1h};

cache_shards renewed(milliseconds lease) {
  cache_shards shards;
  shards_renewed answer;
  answer.lease = lease;
  answer.held = {{7, 3}};
  shards.renew(answer, start);
  return shards;
}

} // namespace

TEST_CASE("of a lease a little less is used than the coordinator counts") {
  const auto shards = renewed(3000ms);
  CHECK(shards.may_answer(7, 3, start + 2699ms));
  CHECK_FALSE(shards.may_answer(7, 3, start + 2700ms));
}

TEST_CASE("a lease is never longer than can be configured nor ends before it began") {
  CHECK(renewed(milliseconds::max()).may_answer(7, 3, start + 4min));
  CHECK_FALSE(renewed(milliseconds::max()).may_answer(7, 3, start + 5min));
  CHECK_FALSE(renewed(milliseconds::min()).may_answer(7, 3, start));
}

} // namespace cache_shards_test
