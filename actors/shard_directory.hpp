// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "messages/ownership.hpp"

namespace troupe {

/// The latest map of owners, less those that died since. No actor, no clock.
class shard_directory {
public:
  struct place {
    std::uint32_t shard = 0;
    std::uint64_t epoch = 0;
    caf::strong_actor_ptr owner; ///< null: nobody just now
  };

  /// Takes a map. False, and nothing changes, if it is older than the last or makes no sense. The
  /// same one again brings back owners that were only disconnected.
  bool learn(const shard_map& map);

  /// The next map is of another coordinator: it counts whatever its number is.
  void forget_revision() noexcept { revision_ = 0; }

  /// An owner died. False if it owned nothing.
  bool lose(const caf::actor_addr& owner);

  place find(std::string_view collection, std::string_view id) const;
  std::uint64_t epoch_of(std::uint32_t shard) const;

  /// Each once.
  const std::vector<caf::strong_actor_ptr>& owners() const noexcept { return owners_; }

private:
  std::uint64_t revision_ = 0;
  std::vector<caf::strong_actor_ptr> owners_; // null: died
  std::vector<shard_place> places_;
};

} // namespace troupe
