// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "apps/troupe/next_steps.hpp"
#include "apps/troupe/single_cluster.hpp"

namespace next_steps_test {

using namespace troupe;

TEST_CASE("a cluster that has started says where it can be seen and what to type") {
  const auto config = parse_config(single_cluster, "troupe.toml");
  REQUIRE(config);

  CHECK(next_steps(*config, "my cluster.toml")
        == std::vector<std::string>{
          "dashboard http://127.0.0.1:8080/",
          "API http://127.0.0.1:8080/v1, explained at http://127.0.0.1:8080/docs",
          "OpenAPI document http://127.0.0.1:8080/openapi.json",
          "try: troupe submit default --payload '{\"hello\": \"world\"}' --wait --config "
          "'my cluster.toml'"});
}

TEST_CASE("a cluster without a gateway names no address of one") {
  auto config = parse_config(single_cluster, "troupe.toml");
  REQUIRE(config);
  config->nodes.front().roles = {"control", "worker"};
  config->queues.clear();

  CHECK(next_steps(*config, "x.toml").empty());
}

} // namespace next_steps_test
