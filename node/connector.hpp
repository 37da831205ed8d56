// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/atom.hpp>
#include <caf/replies_to.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/system_messages.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <functional>
#include <set>
#include <string>

#include "actors/environment.hpp"
#include "messages/errors.hpp"
#include "node/config.hpp"

namespace troupe {

/// Finds other nodes over the network, and sees to it that the handles of nodes behind one that is
/// lost end with its own. One a process; lives as long as it.
using connector_actor = caf::typed_actor<
  // The receptionist at a "host:port". `unavailable` if nobody answers, or something that is no
  // node of ours; `incompatible_version`, naming both versions, if it speaks another one;
  // `invalid_argument` if that is no address. Repeating reuses the connection.
  caf::replies_to<caf::connect_atom, std::string>::with<caf::strong_actor_ptr>>;

struct connector_options {
  /// Speaks the protocol of `caf::io::middleman_actor`.
  caf::actor middleman;
  /// Asked for the version of a node that refuses ours, on a thread that may block.
  std::function<result<std::string>(const endpoint&, milliseconds)> read_identifier;
  milliseconds timeout{5000};
  environment env;
};

struct connector_state {
  static inline const char* name = "connector";

  connector_options options;
  std::set<caf::actor_addr> watched; ///< receptionists of the nodes that were found
};

/// Speaks to the middleman without blocking on it: CAF's own blocking calls have no time-out.
connector_actor::behavior_type connector(connector_actor::stateful_pointer<connector_state> self,
                                         connector_options options);

/// The usual one. `middleman`: CAF's own, or what takes its place.
connector_actor spawn_connector(caf::actor_system& system, caf::actor middleman,
                                milliseconds timeout);

} // namespace troupe
