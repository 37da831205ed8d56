// SPDX-License-Identifier: Apache-2.0
#include "actors/cache_shards.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

namespace troupe {

namespace {

// Of a lease, so much is used: far more than two clocks can drift apart.
constexpr int used_percent = 90;

// The longest that can be configured: what another node says must not be more than clocks can
// count.
constexpr milliseconds lease_max = std::chrono::minutes{5};

} // namespace

bool cache_shards::is_valid(const place& x, time_point now) const noexcept {
  return x.epoch != 0 && (!check_leases_ || now < x.until);
}

void cache_shards::drop(place& x) {
  x.epoch_given_up = std::max(x.epoch_given_up, x.epoch);
  x.epoch = 0;
  if (std::exchange(x.sealed, false))
    --sealed_;
}

std::uint64_t cache_shards::open_epoch(std::uint32_t shard, time_point now) const noexcept {
  const auto& x = places_[shard];
  return is_valid(x, now) && !x.sealed ? x.epoch : 0;
}

bool cache_shards::may_answer(std::uint32_t shard, std::uint64_t epoch,
                              time_point now) const noexcept {
  return holds(shard, epoch) && is_valid(places_[shard], now);
}

bool cache_shards::holds(std::uint32_t shard, std::uint64_t epoch) const noexcept {
  return epoch != 0 && places_[shard].epoch == epoch;
}

std::vector<shard_epoch> cache_shards::held() const {
  std::vector<shard_epoch> result;
  for (std::uint32_t shard = 0; shard < key_shards; ++shard)
    if (places_[shard].epoch != 0)
      result.push_back({shard, places_[shard].epoch});
  return result;
}

cache_shards::changes cache_shards::renew(const shards_renewed& answer, time_point sent) {
  changes result;
  const auto lease = std::clamp(answer.lease, milliseconds{0}, lease_max);
  const auto until = sent + lease * used_percent / 100;
  std::map<std::uint32_t, std::uint64_t> granted;
  for (const auto& x : answer.held)
    if (x.shard < key_shards && x.epoch > places_[x.shard].epoch_given_up)
      granted[x.shard] = x.epoch;
  for (std::uint32_t shard = 0; shard < key_shards; ++shard) {
    auto& x = places_[shard];
    const auto grant = granted.find(shard);
    const auto epoch = grant == granted.end() ? 0 : grant->second;
    if (x.epoch != 0 && x.epoch != epoch) {
      result.lost.push_back(shard);
      drop(x);
    }
    if (epoch == 0)
      continue;
    if (x.epoch == 0)
      result.gained.push_back({shard, epoch});
    x.epoch = epoch;
    x.until = until;
  }
  for (auto shard : answer.release)
    seal(shard);
  return result;
}

void cache_shards::seal(std::uint32_t shard) {
  if (shard < key_shards && places_[shard].epoch != 0
      && !std::exchange(places_[shard].sealed, true))
    ++sealed_;
}

void cache_shards::seal_all() {
  for (std::uint32_t shard = 0; shard < key_shards; ++shard)
    seal(shard);
}

std::vector<shard_epoch> cache_shards::sealed() const {
  std::vector<shard_epoch> result;
  for (std::uint32_t shard = 0; shard < key_shards; ++shard)
    if (places_[shard].sealed)
      result.push_back({shard, places_[shard].epoch});
  return result;
}

bool cache_shards::give_up(std::uint32_t shard, std::uint64_t epoch) {
  if (!holds(shard, epoch))
    return false;
  drop(places_[shard]);
  return true;
}

std::vector<std::uint32_t> cache_shards::expire(time_point now) {
  std::vector<std::uint32_t> result;
  for (std::uint32_t shard = 0; shard < key_shards; ++shard) {
    auto& x = places_[shard];
    if (x.epoch == 0 || is_valid(x, now))
      continue;
    drop(x);
    result.push_back(shard);
  }
  return result;
}

} // namespace troupe
