// SPDX-License-Identifier: Apache-2.0
#include "node/gateway_settings.hpp"

namespace troupe {

http_server_options http_options_of(const cluster_config& config, const node_settings& node) {
  const auto& http = config.http;
  http_server_options options;
  options.host = node.http.host;
  options.port = node.http.port;
  options.tls = {node.http_certificate.string(), node.http_key.string()};
  options.connections_max = http.connections_max;
  options.connections_per_address_max = http.connections_per_address_max;
  options.bodies_bytes_max = http.bodies_max;
  options.body_bytes_max = http.body_max;
  options.url_bytes_max = http.url_max;
  options.header_bytes_max = http.header_max;
  options.headers_max = http.headers_max;
  options.read_timeout = http.read_timeout;
  options.write_timeout = http.write_timeout;
  return options;
}

audit_level audit_level_of(const cluster_config& config) {
  const auto& level = config.log.audit;
  return level == "off"   ? audit_level::off
         : level == "all" ? audit_level::all
                          : audit_level::management;
}

access_options access_options_of(const cluster_config& config, const node_settings& node) {
  const auto& http = config.http;
  access_options options;
  options.required = config.needs_tokens(node);
  options.tls = !node.http_certificate.empty();
  options.trust_forwarded_proto = http.trust_forwarded_proto;
  options.rate = http.rate;
  options.burst = http.burst > 0 ? http.burst : 2.0 * http.rate;
  options.byte_rate = static_cast<double>(http.byte_rate);
  options.byte_burst = 2 * options.byte_rate;
  // Whoever has a token is not taken in by a page of another site, which knows none.
  if (!options.required || http.hosts) {
    auto hosts = http.hosts.value_or(std::vector<std::string>{});
    hosts.push_back(node.http.host);
    options.hosts = known_hosts{std::move(hosts)};
  }
  return options;
}

} // namespace troupe
