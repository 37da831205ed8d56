// SPDX-License-Identifier: Apache-2.0
#include "node/node_link.hpp"

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/io/middleman.hpp>
#include <set>
#include <utility>

#include "node/certificates.hpp"
#include "node/tls_middleman.hpp"

namespace troupe {

namespace {

std::function<bool(const std::vector<std::string>&)> welcome_members(const cluster_config& config) {
  std::set<std::string> members{client_name};
  for (const auto& node : config.nodes)
    members.insert(node.name);
  return [members = std::move(members)](const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return members.contains(name); });
  };
}

std::function<std::string(const endpoint&)> names_of(const cluster_config& config) {
  return [nodes = config.nodes](const endpoint& address) -> std::string {
    for (const auto& node : nodes)
      if (node.host == address.host && node.port == address.port)
        return node.name;
    return {};
  };
}

} // namespace

result<std::shared_ptr<tls_identity>> load_identity(const cluster_config& config,
                                                    const std::string& name) {
  if (config.tls.folder.empty())
    return nullptr;
  auto identity = tls_identity::load(files_of_node(config.tls.folder, name));
  if (identity)
    (*identity)->revoke(config.tls.revoked);
  return identity;
}

link_options link_options_of(const cluster_config& config, std::shared_ptr<tls_identity> identity) {
  return {std::move(identity), welcome_members(config), names_of(config),
          config.cluster.request_timeout};
}

node_link make_link(caf::actor_system& system, link_options options) {
  node_link link;
  if (options.identity)
    link.middleman = link.own
      = spawn_tls_middleman(system, {.identity = std::move(options.identity),
                                     .welcome = std::move(options.welcome),
                                     .name_at = std::move(options.name_at),
                                     .timeout = options.timeout,
                                     .env = environment::real()});
  else
    link.middleman = caf::actor_cast<caf::actor>(system.middleman().actor_handle());
  link.connector = spawn_connector(system, link.middleman, options.timeout);
  return link;
}

} // namespace troupe
