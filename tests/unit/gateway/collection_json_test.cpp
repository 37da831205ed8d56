// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/collection_json.hpp"

namespace collection_json_test {

using namespace troupe;

TEST_CASE("a cache as JSON names its most read records, and how many messages wait for it") {
  cache_described cache;
  cache.owner.node = "a";
  cache.owner.number = 1;
  cache.held = {{3, 1}, {4, 1}};
  cache.hot_keys = {{"notes", "bread", 40}, {"notes", "soup", 7}};
  cache.mailbox = 5;

  const auto x = json_of(cache);

  CHECK(x["shards"] == 2);
  CHECK(x["mailbox"] == 5);
  REQUIRE(x["hot_keys"].size() == 2);
  CHECK(x["hot_keys"][0] == json{{"collection", "notes"}, {"id", "bread"}, {"reads", 40}});
}

} // namespace collection_json_test
