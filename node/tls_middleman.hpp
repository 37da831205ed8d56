// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/environment.hpp"
#include "node/config.hpp"
#include "node/tls_acceptor.hpp"

namespace troupe {

struct tls_middleman_options {
  std::shared_ptr<tls_identity> identity;
  /// Whose calls are taken: nodes of this cluster.
  std::function<bool(const std::vector<std::string>& names)> welcome;
  /// The name that the node at an address must have in its certificate; empty: any of the CA.
  std::function<std::string(const endpoint&)> name_at;
  milliseconds timeout{5000}; ///< of a handshake, and of a connection that is made
  environment env;
};

/// Publishes actors and connects to nodes by mutual TLS (S1). Speaks the protocol of
/// `caf::io::middleman_actor`, so that it takes that one's place:
///
///     (publish_atom, port, actor, interface, host, reuse)  ->  port
///     (unpublish_atom, actor, port)                        ->  void
///     (connect_atom, host, port)                           ->  node, actor, interface
///
/// CAF's own port would take forged messages from any caller. Here the handshake is finished, with
/// a deadline, and the caller's name known, before CAF's event loop sees the connection.
caf::actor spawn_tls_middleman(caf::actor_system& system, tls_middleman_options options);

} // namespace troupe
