// SPDX-License-Identifier: Apache-2.0
#include "actors/shard_table.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace troupe {

namespace {

// When shards move, owners ask this often within a lease.
constexpr int questions_in_lease = 30;

// No answer of this coordinator has named the lease, but one of an earlier coordinator may have
// that is still under way.
constexpr auto not_told = std::numeric_limits<std::uint64_t>::max();

} // namespace

void shard_table::load(const shards_stored& stored,
                       const std::function<bool(const owner_id&)>& is_dead, time_point now) {
  for (const auto& x : stored.shards) {
    if (x.shard >= key_shards)
      continue;
    auto& place = places_[x.shard];
    place.epoch = x.epoch;
    if (is_dead(x.owner))
      continue;
    place.is = state::leased;
    place.owner = x.owner;
    place.until = now + settings_.lease;
    place.told = not_told;
  }
  quiet_until_ = now + short_interval();
  ++changes_;
}

// -- renewals ------------------------------------------------------------------------------------

shards_renewed shard_table::renew(const renew_shards& x, time_point now) {
  expire(now);
  meet(x, now);
  take_leases(x, now);
  keep_warm(x);
  shards_renewed answer;
  answer.number = ++answers_;
  answer.lease = settings_.lease;
  lease_claimed(answer, x.owner, now);
  ask_back(answer, x.owner);
  answer.interval
    = is_settled(x.owner) ? settings_.interval : std::min(settings_.interval, short_interval());
  return answer;
}

void shard_table::meet(const renew_shards& x, time_point now) {
  if (owners_.count(x.owner) == 0) {
    // Its predecessor gets nothing more, but what it has is its own until the leases are over.
    std::vector<owner_id> earlier;
    for (const auto& [id, entry] : owners_)
      if (id.node == x.owner.node && id.number == x.owner.number)
        earlier.push_back(id);
    for (const auto& id : earlier)
      lose(id);
    // Others may be about to say hello, too, as after a start: share once, not again for each.
    quiet_until_ = std::max(quiet_until_, now + short_interval());
  }
  auto& entry = owners_[x.owner];
  entry.heard = now;
  entry.draining = x.draining;
  if (x.draining)
    free_claimed(x.owner);
}

void shard_table::take_leases(const renew_shards& x, time_point now) {
  std::set<shard_epoch> named{x.held.begin(), x.held.end()};
  // An answer that this coordinator never gave is none that it took notice of.
  auto answered = x.answered <= answers_ ? x.answered : 0;
  for (std::uint32_t shard = 0; shard < key_shards; ++shard) {
    auto& place = places_[shard];
    if (place.is != state::leased || place.owner != x.owner)
      continue;
    auto is_named = named.count({shard, place.epoch}) > 0;
    if (!is_named && (x.draining || answered >= place.told)) {
      set_free(place);
      continue;
    }
    place.until = now + settings_.lease;
    if (is_named)
      place.told = 0;
  }
}

void shard_table::keep_warm(const renew_shards& x) {
  for (const auto& keys : x.released) {
    if (keys.shard >= key_shards || places_[keys.shard].is == state::leased)
      continue;
    auto& kept = warm_[keys.shard] = keys.keys;
    if (kept.size() > limits::warm_keys_max)
      kept.resize(limits::warm_keys_max);
  }
}

void shard_table::lease_claimed(shards_renewed& answer, const owner_id& owner, time_point now) {
  for (std::uint32_t shard = 0; shard < key_shards; ++shard) {
    auto& place = places_[shard];
    if (place.owner != owner)
      continue;
    if (place.is == state::claimed) {
      place.is = state::leased;
      place.until = now + settings_.lease;
      place.told = not_told;
      ++changes_;
      if (auto keys = warm_.extract(shard))
        answer.warm.push_back({shard, std::move(keys.mapped())});
    }
    if (place.is != state::leased)
      continue;
    if (place.told == not_told)
      place.told = answer.number;
    answer.held.push_back({shard, place.epoch});
  }
}

void shard_table::ask_back(shards_renewed& answer, const owner_id& owner) const {
  auto all = counts();
  auto count = all.find(owner);
  auto has = count == all.end() ? 0 : count->second;
  auto due = share(owner);
  for (auto i = answer.held.rbegin(); i != answer.held.rend() && has > due; ++i, --has)
    answer.release.push_back(i->shard);
}

// -- owners that end -----------------------------------------------------------------------------

void shard_table::expire(time_point now) {
  for (auto& place : places_)
    if (place.is == state::leased && place.until <= now)
      set_free(place);
  std::vector<owner_id> silent;
  for (const auto& [id, entry] : owners_)
    if (entry.heard + settings_.lease <= now)
      silent.push_back(id);
  for (const auto& id : silent)
    lose(id);
}

void shard_table::lose(const owner_id& owner) {
  free_claimed(owner);
  owners_.erase(owner);
}

void shard_table::bury(const owner_id& owner) {
  for (auto& place : places_)
    if (place.is == state::leased && place.owner == owner)
      set_free(place);
  lose(owner);
}

void shard_table::set_free(slot& x) {
  if (x.is == state::leased)
    ++changes_;
  x.is = state::free;
  x.owner = {};
}

void shard_table::free_claimed(const owner_id& owner) {
  for (auto& place : places_)
    if (place.is == state::claimed && place.owner == owner)
      set_free(place);
}

// -- who gets what -------------------------------------------------------------------------------

std::optional<claim_shards> shard_table::next_claim(time_point now) {
  if (now < quiet_until_)
    return std::nullopt;
  auto has = counts();
  for (const auto& [owner, due] : shares()) {
    auto& entry = owners_[owner];
    if (entry.claiming || has[owner] >= due)
      continue;
    claim_shards claim{.owner = owner, .shards = {}};
    for (std::uint32_t shard = 0; shard < key_shards && has[owner] + claim.shards.size() < due;
         ++shard)
      if (places_[shard].is == state::free)
        claim.shards.push_back(shard);
    if (claim.shards.empty())
      continue;
    for (auto shard : claim.shards) {
      places_[shard].is = state::claiming;
      places_[shard].owner = owner;
    }
    entry.claiming = true;
    return claim;
  }
  return std::nullopt;
}

void shard_table::claimed(const claim_shards& claim, const shards_stored& stored) {
  for (auto shard : claim.shards)
    set_free(places_.at(shard));
  for (const auto& x : stored.shards) {
    auto& place = places_.at(x.shard);
    place.epoch = x.epoch;
    if (!wants(claim.owner))
      continue;
    place.is = state::claimed;
    place.owner = claim.owner;
  }
  if (auto i = owners_.find(claim.owner); i != owners_.end())
    i->second.claiming = false;
}

const owner_id* shard_table::holder(std::uint32_t shard) const {
  const auto& place = places_.at(shard);
  return place.is == state::leased ? &place.owner : nullptr;
}

std::size_t shard_table::share(const owner_id& owner) const {
  auto all = shares();
  auto i = all.find(owner);
  return i == all.end() ? 0 : i->second;
}

bool shard_table::wants(const owner_id& owner) const {
  auto i = owners_.find(owner);
  return i != owners_.end() && !i->second.draining;
}

bool shard_table::is_settled(const owner_id& owner) const {
  auto told = std::count_if(places_.begin(), places_.end(), [&](const slot& x) {
    return x.is == state::leased && x.owner == owner;
  });
  return static_cast<std::size_t>(told) == share(owner);
}

std::map<owner_id, std::size_t> shard_table::counts() const {
  std::map<owner_id, std::size_t> result;
  for (const auto& place : places_)
    if (place.is != state::free)
      ++result[place.owner];
  return result;
}

std::map<owner_id, std::size_t> shard_table::shares() const {
  auto has = counts();
  std::vector<owner_id> wanting;
  for (const auto& [id, entry] : owners_)
    if (!entry.draining)
      wanting.push_back(id);
  // What does not divide evenly goes to those that have most, so that less moves.
  std::stable_sort(wanting.begin(), wanting.end(),
                   [&](const auto& a, const auto& b) { return has[a] > has[b]; });
  std::map<owner_id, std::size_t> result;
  for (std::size_t i = 0; i < wanting.size(); ++i)
    result[wanting[i]] = key_shards / wanting.size() + (i < key_shards % wanting.size() ? 1 : 0);
  return result;
}

milliseconds shard_table::short_interval() const {
  return std::max(milliseconds{1}, settings_.lease / questions_in_lease);
}

} // namespace troupe
