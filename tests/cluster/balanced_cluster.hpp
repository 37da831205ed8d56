// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <string>

#include "tests/support/http_client.hpp"
#include "tests/support/process_cluster.hpp"

namespace troupe::test {

inline constexpr const char* haproxy = "/usr/sbin/haproxy";

/// Two gateways, one service, and HAProxy before them, set up as config/haproxy.cfg says.
struct balanced_cluster {
  reserved_port front, gateway_1, gateway_2;
  process_cluster cluster{plan_of(gateway_1.number(), gateway_2.number())};
  std::optional<program> balancer;

  static cluster_plan plan_of(std::uint16_t first, std::uint16_t second) {
    cluster_plan plan;
    plan.workers = 0;
    plan.services = 1;
    plan.more = fmt::format("[http]\nleave_time = \"3s\"\n"
                            "[nodes.gateway-1]\nroles = [\"gateway\"]\nhttp = \"127.0.0.1:{}\"\n"
                            "[nodes.gateway-2]\nroles = [\"gateway\"]\nhttp = \"127.0.0.1:{}\"\n"
                            "[collections.notes]\n[queues.mail]\n",
                            first, second);
    return plan;
  }

  void start() {
    cluster.start_all();
    cluster.start("gateway-1");
    cluster.start("gateway-2");
    auto text = read_file(TROUPE_SOURCE_DIR "/config/haproxy.cfg");
    put_port(text, 8090, front);
    put_port(text, 8080, gateway_1);
    put_port(text, 8081, gateway_2);
    const auto file = cluster.folder() / "haproxy.cfg";
    std::ofstream{file} << text;
    const auto log = cluster.folder() / "haproxy.log";
    balancer.emplace(std::vector<std::string>{haproxy, "-db", "-f", file}, log, log);
    REQUIRE(is_ready(gateway_1));
    REQUIRE(is_ready(gateway_2));
    REQUIRE(is_ready(front));
  }

  static void put_port(std::string& text, int from, const reserved_port& to) {
    const auto old = "127.0.0.1:" + std::to_string(from);
    const auto at = text.find(old);
    REQUIRE(at != std::string::npos);
    text.replace(at, old.size(), "127.0.0.1:" + std::to_string(to.number()));
  }

  bool is_ready(const reserved_port& port) const {
    return cluster.eventually([&port] {
      auto answer = http_client{port.number()}.send("GET", "/readyz");
      return answer && answer->status == 200;
    });
  }

  /// The balancer has sent it something else than looks at its health.
  bool serves(const reserved_port& port) const {
    return cluster.eventually([&port] {
      auto answer = http_client{port.number()}.send("GET", "/metrics");
      return answer && answer->body.find("method=\"PUT\"") != std::string::npos;
    });
  }
};

} // namespace troupe::test
