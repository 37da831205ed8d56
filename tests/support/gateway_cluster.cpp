// SPDX-License-Identifier: Apache-2.0
#include "tests/support/gateway_cluster.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace troupe::test {

namespace {

cluster_plan with_gateway(std::uint16_t port, const std::string& more, std::uint32_t workers) {
  cluster_plan plan;
  plan.workers = workers;
  plan.services = 1;
  plan.more = fmt::format("[nodes.gateway]\nroles = [\"gateway\"]\nhttp = \"127.0.0.1:{}\"\n{}",
                          port, more);
  return plan;
}

} // namespace

gateway_cluster::gateway_cluster(const std::string& more, std::uint32_t workers)
    : cluster{with_gateway(web.number(), more, workers)} {
  cluster.start_all();
  cluster.start("gateway");
  REQUIRE(cluster.eventually([this] { return send("GET", "/readyz").status == 200; }));
}

http_answer gateway_cluster::send(const std::string& method, const std::string& path,
                                  const std::string& body,
                                  const std::vector<std::string>& headers) const {
  return http_client{web.number()}.send(method, path, body, headers).value_or(http_answer{});
}

} // namespace troupe::test
