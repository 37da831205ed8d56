// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "node/node.hpp"

constexpr auto cluster = R"(
[storage]
path = "./var/example.db"

[nodes.single]
roles = ["control", "worker"]
address = "127.0.0.1:7431"

[queues.greetings]
handler = "greet"

[handlers.greet]
compiled = true
)";

int main() {
  troupe::block_stop_signals();
  auto config = troupe::parse_config(cluster, "the example's configuration");
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().text.c_str());
    return 2;
  }
  troupe::node node{*config, "single"};
  node.add_handler("greet", [](troupe::job_context& job) {
    return troupe::outcome::success("Hello, " + job.payload() + "!");
  });
  if (auto started = node.start(); !started) {
    std::fprintf(stderr, "%s\n", started.error().text.c_str());
    return 1;
  }
  return troupe::run_until_signal(node);
}
