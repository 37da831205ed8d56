// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor_system.hpp>
#include <caf/io/scribe.hpp>

#include "node/tls_identity.hpp"

namespace troupe {

/// A connection for CAF's middleman over a TLS session whose handshake is finished. Takes the
/// socket over, which must be non-blocking.
///
/// CAF's own TLS hands a socket to its event loop before the handshake, where one silent caller
/// keeps a core busy for as long as it likes (actor-framework issue 1060). Here nothing reaches the
/// loop before its name is known.
caf::io::scribe_ptr make_tls_scribe(caf::actor_system& system, int socket, tls_session session);

} // namespace troupe
