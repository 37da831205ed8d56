// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor_control_block.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "messages/record_requests.hpp"

/// Who owns which shard of keys: leases of shards from the coordinator to caches.
namespace troupe {

/// A shard under the epoch of its ownership.
struct shard_epoch {
  std::uint32_t shard = 0;
  std::uint64_t epoch = 0;

  bool operator==(const shard_epoch&) const = default;
  auto operator<=>(const shard_epoch&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, shard_epoch& x) {
  return f(x.shard, x.epoch);
}

/// Keys of a shard that are worth having in memory.
struct warm_keys {
  std::uint32_t shard = 0;
  std::vector<record_key> keys; ///< at most `limits::warm_keys_max`, most read first

  bool operator==(const warm_keys&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, warm_keys& x) {
  return f(x.shard, x.keys);
}

/// From a cache, once an interval and whenever it gave up a shard: renews exactly the leases that
/// it names. A shard that is not named is free: its owner has sealed it, has no write under way and
/// answers no read (or knows nothing of it).
///
/// An epoch that was given up, and a new shard when it is draining, is not taken again or at all,
/// whatever an answer that was under way says.
struct renew_shards {
  owner_id owner;
  std::vector<shard_epoch> held;
  std::vector<warm_keys> released; ///< since the last renewal
  bool draining = false;           ///< wants no more
  /// Number of the last answer that it took notice of; 0: of none. A shard that a later answer gave
  /// it is not taken for handed back, for it cannot know of it yet.
  std::uint64_t answered = 0;

  bool operator==(const renew_shards&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, renew_shards& x) {
  return f(x.owner, x.held, x.released, x.draining, x.answered);
}

struct shards_renewed {
  std::uint64_t number = 0; ///< of this answer, from 1; see `renew_shards::answered`
  milliseconds interval{0}; ///< renew again after this long, sooner when a shard was given up
  /// The leases are valid this long after the renewal was *sent*; the coordinator counts the same
  /// from when it *arrived*. Each by its own monotonic clock, the cache less a margin.
  milliseconds lease{0};
  std::vector<shard_epoch> held;      ///< all leases it has now, new ones included
  std::vector<std::uint32_t> release; ///< of these: hand them back as soon as they are quiet
  std::vector<warm_keys> warm;        ///< of new ones: load these before they are asked for

  bool operator==(const shards_renewed&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, shards_renewed& x) {
  return f(x.number, x.interval, x.lease, x.held, x.release, x.warm);
}

/// Send `shard_map` to this subscriber: now, and after every change.
struct subscribe_shards {
  caf::strong_actor_ptr subscriber;

  bool operator==(const subscribe_shards&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, subscribe_shards& x) {
  return f(x.subscriber);
}

struct shard_owner {
  owner_id id;
  caf::strong_actor_ptr actor; ///< a `cache_actor`

  bool operator==(const shard_owner&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, shard_owner& x) {
  return f(x.id, x.actor);
}

struct shard_place {
  std::uint32_t owner = 0; ///< 1 + its position in `owners`; 0: nobody just now
  std::uint64_t epoch = 0;

  bool operator==(const shard_place&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, shard_place& x) {
  return f(x.owner, x.epoch);
}

/// Where to send requests. May be old when it arrives: owners refuse what is not theirs
/// (`not_owner`), and the store what has an old epoch.
struct shard_map {
  std::uint64_t revision = 0; ///< grows with each change; one coordinator's are comparable
  std::vector<shard_owner> owners;
  std::vector<shard_place> places; ///< by shard: `key_shards` of them, or none

  bool operator==(const shard_map&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, shard_map& x) {
  return f(x.revision, x.owners, x.places);
}

/// A record that somebody else than its owner wrote.
struct changed_key {
  std::string collection;
  std::string id;
  std::uint64_t version = 0; ///< nothing older may be answered any more

  bool operator==(const changed_key&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, changed_key& x) {
  return f(x.collection, x.id, x.version);
}

/// To an owner: drop what is older. Answered when no read can get it any more; by one that does not
/// own the key at once.
struct invalidate_keys {
  std::vector<changed_key> keys;

  bool operator==(const invalidate_keys&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, invalidate_keys& x) {
  return f(x.keys);
}

struct describe_cache {
  bool operator==(const describe_cache&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, describe_cache&) {
  return f();
}

/// What one collection has of a cache actor; counters since it started.
struct cache_usage {
  std::string collection;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0; ///< of memory, overhead included
  std::uint64_t bytes_max = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t coalesced = 0;
  std::uint64_t evictions = 0;

  bool operator==(const cache_usage&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cache_usage& x) {
  return f(x.collection, x.entries, x.bytes, x.bytes_max, x.hits, x.misses, x.coalesced,
           x.evictions);
}

/// A record that is read often.
struct hot_key {
  std::string collection;
  std::string id;
  std::uint64_t reads = 0; ///< estimated, of late: old ones fade

  bool operator==(const hot_key&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, hot_key& x) {
  return f(x.collection, x.id, x.reads);
}

struct cache_described {
  owner_id owner;
  std::vector<shard_epoch> held;
  std::vector<cache_usage> collections;
  std::vector<hot_key> hot_keys{}; ///< at most `limits::hot_keys_max`, most read first
  std::uint64_t mailbox = 0;       ///< messages that wait for this cache

  bool operator==(const cache_described&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cache_described& x) {
  return f(x.owner, x.held, x.collections, x.hot_keys, x.mailbox);
}

/// All caches of the cluster, asked through any record service.
struct list_caches {
  bool operator==(const list_caches&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_caches&) {
  return f();
}

/// Those that answered in time.
struct caches_listed {
  std::vector<cache_described> caches;

  bool operator==(const caches_listed&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, caches_listed& x) {
  return f(x.caches);
}

} // namespace troupe
