// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <memory>

#include "messages/interfaces.hpp"
#include "node/node_status.hpp"

/// Actors that look on, so that the threads which start a node learn when it works.
namespace troupe {

struct watch_options {
  milliseconds request_timeout{5000};
  milliseconds shard_lease{3000};
  receptionist_actor receptionist;
  std::shared_ptr<node_status> status;
};

/// On control nodes: tells when the dispatcher serves.
name_listener_actor::behavior_type watch_dispatcher(name_listener_actor::pointer self,
                                                    watch_options options);

using shard_watch_shell = name_listener_actor::extend<caf::reacts_to<shard_map>,
                                                      // The time is over.
                                                      caf::reacts_to<caf::timeout_atom>,
                                                      // Ask the coordinator again.
                                                      caf::reacts_to<caf::subscribe_atom>>;

struct shard_watch_state {
  static inline const char* name = "shard_watch";

  shard_watch_state() = default;

  coordinator_actor coordinator; // null: none is known
  bool extended = false;         // waits longer, for one is known
  bool done = false;             // has told
};

/// On service nodes: tells when the node's caches own keys, or that no coordinator can be reached
/// that would give them some.
shard_watch_shell::behavior_type
watch_shards(shard_watch_shell::stateful_pointer<shard_watch_state> self, watch_options options);

} // namespace troupe
