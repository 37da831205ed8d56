// SPDX-License-Identifier: Apache-2.0
#include "actors/shard_directory.hpp"

#include <algorithm>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>

namespace troupe {

bool shard_directory::learn(const shard_map& map) {
  const auto makes_sense = [&](const shard_place& x) { return x.owner <= map.owners.size(); };
  if (map.revision < revision_ || (!map.places.empty() && map.places.size() != key_shards)
      || !std::all_of(map.places.begin(), map.places.end(), makes_sense))
    return false;
  revision_ = map.revision;
  places_ = map.places;
  owners_.clear();
  for (const auto& x : map.owners)
    owners_.push_back(x.actor);
  return true;
}

bool shard_directory::lose(const caf::actor_addr& owner) {
  const auto dead = std::find_if(owners_.begin(), owners_.end(), [&](const auto& x) {
    return x && caf::actor_cast<caf::actor_addr>(x) == owner;
  });
  if (dead == owners_.end())
    return false;
  *dead = nullptr;
  return true;
}

shard_directory::place shard_directory::find(std::string_view collection,
                                             std::string_view id) const {
  place found;
  found.shard = shard_of(collection, id);
  if (places_.empty())
    return found;
  const auto& x = places_[found.shard];
  found.epoch = x.epoch;
  if (x.owner != 0)
    found.owner = owners_[x.owner - 1];
  return found;
}

std::uint64_t shard_directory::epoch_of(std::uint32_t shard) const {
  return shard < places_.size() ? places_[shard].epoch : 0;
}

} // namespace troupe
