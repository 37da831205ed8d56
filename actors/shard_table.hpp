// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "messages/ownership.hpp"

namespace troupe {

/// Which owner has which shard, under which epoch and until when: the coordinator's side of the
/// leases. Pure state: no actor, no clock.
///
///     free --> claimed --> told --> free
///              in store    leased   handed back, lease over, or owner surely dead
///
/// A shard that was claimed is the owner's when the answer to its next renewal says so. After a
/// restart, shards are leased to those whom the store names, for they may live on.
///
/// Shards are spread evenly over the owners that want some; as few are moved as possible.
class shard_table {
public:
  using time_point = std::chrono::steady_clock::time_point;

  struct settings {
    milliseconds interval{1000}; ///< between renewals when all is at rest
    milliseconds lease{3000};
  };

  explicit shard_table(settings wanted) : settings_{wanted} {}

  /// Begins with what the store knows. `is_dead` says which owners surely hold nothing any more.
  void load(const shards_stored& stored, const std::function<bool(const owner_id&)>& is_dead,
            time_point now);

  /// Renews what `x` names, if it is the owner's, frees what it handed back, and tells it what was
  /// claimed for it.
  shards_renewed renew(const renew_shards& x, time_point now);

  /// Ends leases that are over, and forgets owners that were not heard of for as long.
  void expire(time_point now);

  /// The owner cannot be reached, but may live: it gets nothing more until it renews again.
  void lose(const owner_id& owner);

  /// The owner is surely dead: what it had is free.
  void bury(const owner_id& owner);

  /// What to claim next; nothing if nobody is due to get a free shard. One claim an owner at a
  /// time: tell `claimed` how it ended.
  std::optional<claim_shards> next_claim(time_point now);

  /// The store has claimed these.
  void claimed(const claim_shards& claim, const shards_stored& stored);

  /// Grows whenever a shard is leased or a lease ends.
  std::uint64_t changes() const noexcept { return changes_; }

  /// Who has a lease of the shard; null: nobody.
  const owner_id* holder(std::uint32_t shard) const;
  std::uint64_t epoch(std::uint32_t shard) const { return places_.at(shard).epoch; }

  /// How many shards an owner is due to have now; 0 for one that is unknown or draining.
  std::size_t share(const owner_id& owner) const;

private:
  enum class state : std::uint8_t {
    free,
    claiming, ///< under way to the store
    claimed,  ///< the owner does not know yet
    leased,
  };

  struct slot {
    state is = state::free;
    std::uint64_t epoch = 0; ///< 0: never claimed
    owner_id owner;          ///< void if it is free
    time_point until{};      ///< of a lease
    std::uint64_t told = 0;  ///< number of the first answer that named the lease
  };

  struct owner_entry {
    time_point heard{};
    bool draining = false;
    bool claiming = false;
  };

  void meet(const renew_shards& x, time_point now);
  void take_leases(const renew_shards& x, time_point now);
  void keep_warm(const renew_shards& x);
  void lease_claimed(shards_renewed& answer, const owner_id& owner, time_point now);
  void ask_back(shards_renewed& answer, const owner_id& owner) const;
  void set_free(slot& x);
  void free_claimed(const owner_id& owner);
  bool is_settled(const owner_id& owner) const;
  bool wants(const owner_id& owner) const;
  std::map<owner_id, std::size_t> counts() const;
  std::map<owner_id, std::size_t> shares() const;
  milliseconds short_interval() const;

  settings settings_;
  std::array<slot, key_shards> places_{};
  std::map<owner_id, owner_entry> owners_; // that may get shards
  std::map<std::uint32_t, std::vector<record_key>> warm_;
  time_point quiet_until_{};  // nothing is claimed before
  std::uint64_t answers_ = 0; // number of the last one
  std::uint64_t changes_ = 0;
};

} // namespace troupe
