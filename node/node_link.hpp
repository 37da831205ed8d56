// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "node/config.hpp"
#include "node/connector.hpp"
#include "node/tls_identity.hpp"

namespace troupe {

/// The name in the certificate of programs that are no nodes: clients on other hosts.
inline constexpr const char* client_name = "client";

/// How a process reaches nodes and is reached: by mutual TLS, or, on loopback only, without.
struct node_link {
  caf::actor middleman; ///< speaks the protocol of `caf::io::middleman_actor`
  connector_actor connector;
  caf::actor own; ///< of these the actor that must be told to end; null: none
};

/// Loads what `[tls]` says for a node or client of this name; null without TLS.
result<std::shared_ptr<tls_identity>> load_identity(const cluster_config& config,
                                                    const std::string& name);

struct link_options {
  std::shared_ptr<tls_identity> identity; ///< null: CAF's own network, without TLS
  /// Whose calls are taken, by the names in their certificates.
  std::function<bool(const std::vector<std::string>& names)> welcome;
  /// The name that the node at an address must have; empty: any of the CA.
  std::function<std::string(const endpoint&)> name_at;
  milliseconds timeout{5000};
};

/// Of a node: it talks to nodes of its configuration, and takes calls of them and of clients.
link_options link_options_of(const cluster_config& config, std::shared_ptr<tls_identity> identity);

node_link make_link(caf::actor_system& system, link_options options);

} // namespace troupe
