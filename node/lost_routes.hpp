// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/fwd.hpp>

namespace troupe {

/// Ends the handles of all nodes to which no way leads any more, so that whoever monitors them is
/// told, and the next handle that arrives is a new one. Returns at once; it is done before anything
/// that arrives over a connection that is made later.
///
///     gateway -- control -- service        CAF passes messages on: control is the way to service
///     gateway    control'-- service        control is lost, and with it that way
///     gateway -- control'-- service        a handle from control' is the way again: a new one
///
/// CAF itself ends the handles of the node at the other end of a lost connection only, and learns
/// ways from handles that are new to it: the old ones of the nodes behind it would stay, alive to
/// look at, and never reach anybody again.
void forget_lost_routes(caf::actor_system& system);

} // namespace troupe
