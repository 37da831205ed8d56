// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "actors/collection_settings.hpp"
#include "actors/environment.hpp"
#include "messages/interfaces.hpp"

namespace troupe {

class cache_state;

/// What keeps an owner's answers right. Each is there for a race that a test shows; only those
/// tests switch one off, to see that they would notice.
struct cache_safety {
  bool read_lease = true;     ///< answer only under a lease that is surely valid
  bool version_order = true;  ///< never replace what is newer, nor answer from an older load
  bool reload_unknown = true; ///< give a shard up after a write whose outcome is unknown
};

struct cache_options {
  owner_id id; ///< another incarnation at every start
  std::vector<collection_settings> collections;
  std::uint32_t shares = 1; ///< caches on this node, among which `cache_max` is divided
  milliseconds request_timeout{5000};
  receptionist_actor receptionist; ///< tells who are coordinator, repository and dispatcher
  environment env;
  cache_safety safety;
};

/// What a cache says to itself, on top of its interface.
using cache_shell = cache_actor::extend<
  // Renew the leases, and look after what waits.
  caf::reacts_to<caf::tick_atom>,
  // Load what is wanted by now.
  caf::reacts_to<caf::flush_atom>>;

/// Owns shards of keys under leases of the coordinator: answers reads from memory, and sends writes
/// to the store.
///
/// Problem: a copy in memory must never be older than what somebody was told.
/// Picture: each key has one owner, under an epoch. The owner's leases are counted from when it
/// asked for them, and end for it before they end for the coordinator. Everything it learns of a
/// key (loads, its own writes, invalidations) has a version and only newer ones count.
/// Rule: when in doubt about a key it gives the shard up and claims it afresh: the new epoch shuts
/// out whatever was under way, and what was in memory under the old one is not looked at again.
///
/// Told to end, it seals its shards, waits for what is under way, and hands them back.
cache_shell::behavior_type cache(cache_shell::stateful_pointer<cache_state> self,
                                 cache_options options);

} // namespace troupe
