// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "messages/errors.hpp"
#include "messages/time.hpp"
#include "node/config.hpp"

namespace troupe {

/// Asks the node that listens at an address for its wire identifier ("troupe.wire.1"), whatever
/// version it speaks: a server names it before the client has said anything. Blocks for up to
/// `timeout` plus the time of resolving the name. `unavailable` when it cannot be found out.
result<std::string> read_wire_identifier(const endpoint& address, milliseconds timeout);

/// The wire identifier inside the first bytes of a server; empty: none is there.
std::string find_wire_identifier(const std::string& handshake);

} // namespace troupe
