// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "apps/troupe/config_text.hpp"
#include "node/config.hpp"
#include "node/node_plan.hpp"
#include "tests/fuzz/target.hpp"

namespace cluster_file_target {

using namespace troupe;
using fuzz::require;

namespace {

void run(std::string_view text) {
  const auto config = parse_config(text, "cluster.toml");
  if (!config) {
    require(config.error().code == errc::config_invalid, "a file is refused as such");
    require(config.error().text.starts_with("cluster.toml:"), "an error says where it is");
    return;
  }
  for (const auto& x : config->nodes) {
    require(config->find_node(x.name) != nullptr, "a configuration finds its nodes");
    config->needs_tokens(x);
  }
  require(config->seeds().size() <= config->nodes.size(), "seeds are nodes");

  const auto written = toml_of(*config);
  const auto again = parse_config(written, "again.toml");
  require(again.has_value(), "what was written can be read");
  require(toml_of(*again) == written, "what was read is written as it was");
}

const fuzz::known_target known{"cluster_file", run};

} // namespace

} // namespace cluster_file_target
