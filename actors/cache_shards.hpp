// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include "messages/ownership.hpp"

namespace troupe {

/// Which shards an owner holds, under which epochs, and until when: the owner's side of the leases.
/// Pure state: no actor, no clock.
///
/// An epoch that was given up never comes back: an answer to a renewal that was sent before says
/// nothing about it. A lease that has run out is given up, because somebody else may have had the
/// shard since.
class cache_shards {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `check_leases`: see `cache_safety::read_lease`.
  explicit cache_shards(bool check_leases = true) : check_leases_{check_leases} {}

  /// The epoch under which new requests for a shard may be answered; 0: they must not be.
  std::uint64_t open_epoch(std::uint32_t shard, time_point now) const noexcept;

  /// May what began under this epoch be answered now? It may while the shard is sealed.
  bool may_answer(std::uint32_t shard, std::uint64_t epoch, time_point now) const noexcept;

  /// True while a shard is held under this epoch, whatever its lease says.
  bool holds(std::uint32_t shard, std::uint64_t epoch) const noexcept;

  /// What a renewal names: all that is held.
  std::vector<shard_epoch> held() const;

  /// What the answer to a renewal changed.
  struct changes {
    std::vector<shard_epoch> gained;
    std::vector<std::uint32_t> lost; ///< not its own any more: forget what waits for them
  };

  /// Takes the answer to the renewal that was sent at `sent`. Leases last less than the coordinator
  /// counts, so that a clock that is a little slow does no harm.
  changes renew(const shards_renewed& answer, time_point sent);

  /// Takes no new requests for the shard. No effect on a shard that is not held.
  void seal(std::uint32_t shard);
  void seal_all();

  /// Sealed shards, by number.
  std::vector<shard_epoch> sealed() const;

  bool any_sealed() const noexcept { return sealed_ > 0; }

  /// Gives the shard up. False, and no change, if it is not held under this epoch.
  bool give_up(std::uint32_t shard, std::uint64_t epoch);

  /// Gives up those whose leases have run out, and says which.
  std::vector<std::uint32_t> expire(time_point now);

private:
  struct place {
    std::uint64_t epoch = 0;          ///< 0: not held
    std::uint64_t epoch_given_up = 0; ///< the last one
    time_point until{};
    bool sealed = false;
  };

  bool is_valid(const place& x, time_point now) const noexcept;
  void drop(place& x);

  bool check_leases_;
  std::size_t sealed_ = 0;
  std::array<place, key_shards> places_{};
};

} // namespace troupe
