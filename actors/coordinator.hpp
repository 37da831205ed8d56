// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <string>

#include "messages/interfaces.hpp"

namespace troupe {

class coordinator_state;

struct coordinator_options {
  std::string node; ///< that it runs on
  /// True if no coordinator was in this process before: then no owner of this node's earlier
  /// processes lives, because the database is locked. False is always safe.
  bool first_in_process = false;
  milliseconds interval{1000}; ///< between renewals
  milliseconds lease{3000};    ///< at least twice the interval
  milliseconds storage_timeout{60'000};
  repository_actor repository;
  receptionist_actor receptionist; ///< learns the name "coordinator" when the epochs are read
};

/// What a coordinator says to itself, on top of its interface.
using coordinator_shell = coordinator_actor::extend<
  // End leases that were not renewed, and give free shards away.
  caf::reacts_to<caf::tick_atom>,
  // Tell subscribers what has changed.
  caf::reacts_to<caf::flush_atom>>;

/// Leases the shards of keys to caches, evenly, each shard to one cache at a time.
///
/// Rule: a shard is given to another owner only after the last one handed it back, or after its
/// lease is surely over; and always under a new epoch, which the store knows first.
///
/// Ends with the error when the repository fails or does not answer: a new one reads the epochs
/// again and waits for the leases that this one gave.
coordinator_shell::behavior_type
coordinator(coordinator_shell::stateful_pointer<coordinator_state> self,
            coordinator_options options);

} // namespace troupe
