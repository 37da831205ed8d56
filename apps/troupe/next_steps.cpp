// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/next_steps.hpp"

#include <algorithm>
#include <cctype>

#include "node/config_checks.hpp"

namespace troupe {

namespace {

/// What to type into a browser of this machine.
std::string address_of(const node_settings& gateway) {
  auto shown = gateway.http;
  if (shown.host == "0.0.0.0" || shown.host == "::")
    shown.host = "localhost";
  return (gateway.http_certificate.empty() ? "http://" : "https://") + format_endpoint(shown);
}

std::string quoted(const std::string& file) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '/' || c == '.' || c == '-' || c == '_';
  };
  return std::all_of(file.begin(), file.end(), plain) ? file : "'" + file + "'";
}

} // namespace

std::vector<std::string> next_steps(const cluster_config& config, const std::string& file) {
  std::vector<std::string> lines;
  const auto gateway = std::find_if(config.nodes.begin(), config.nodes.end(),
                                    [](const node_settings& x) { return x.has_role("gateway"); });
  if (gateway != config.nodes.end()) {
    const auto address = address_of(*gateway);
    lines.push_back("dashboard " + address + "/");
    lines.push_back("API " + address + "/v1, explained at " + address + "/docs");
    lines.push_back("OpenAPI document " + address + "/openapi.json");
  }
  // A dead-letter queue has no handler, and no first job.
  const auto queue = std::find_if(config.queues.begin(), config.queues.end(),
                                  [](const queue_settings& x) { return !x.handler.empty(); });
  if (queue != config.queues.end())
    lines.push_back("try: troupe submit " + queue->name
                    + " --payload '{\"hello\": \"world\"}' --wait --config " + quoted(file));
  return lines;
}

} // namespace troupe
