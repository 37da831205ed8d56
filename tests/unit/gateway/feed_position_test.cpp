// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/feed_position.hpp"

namespace feed_position_test {

using namespace troupe;

TEST_CASE("a position of the feed comes back as it was") {
  for (const auto& x : {feed_position{0, 0}, {7, 0}, {7, 1}, {UINT64_MAX - 1, UINT64_MAX}})
    CHECK(read_feed_position(to_string(x)) == x);
  CHECK(to_string(feed_position{4711, 0x5f3a}) == "4711-5f3a");
  CHECK(read_feed_position("latest") == feed_position{latest_change, 0});
}

TEST_CASE("a number stands for no position but its own: the largest one is ahead of each feed") {
  CHECK(read_feed_position("18446744073709551615") == feed_position{latest_change - 1, 0});
  CHECK(read_feed_position("18446744073709551615-1") == feed_position{latest_change - 1, 1});
}

TEST_CASE("S2: what is no position is none") {
  for (const auto* text :
       {"", "-", "x", "7-", "-7", "7-x", "7 ", "+7", "18446744073709551616", "7-1-1"})
    CHECK_FALSE(read_feed_position(text));
}

} // namespace feed_position_test
