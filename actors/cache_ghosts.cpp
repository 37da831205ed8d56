// SPDX-License-Identifier: Apache-2.0
#include "actors/cache_ghosts.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t bucket_slots = 8; // one line of the processor's cache

std::size_t slots_for(std::size_t capacity) {
  return std::bit_ceil(std::max(capacity, bucket_slots));
}

} // namespace

void cache_ghosts::resize(std::size_t capacity) {
  capacity_ = static_cast<std::uint32_t>(capacity);
  if (capacity == 0 || slots_for(capacity) <= slots_.size())
    return;
  auto old = std::exchange(slots_, std::vector<slot>(slots_for(capacity)));
  for (const auto& x : old)
    if (is_live(x))
      put(x);
}

std::size_t cache_ghosts::bytes_for(std::size_t capacity) {
  return capacity == 0 ? 0 : slots_for(capacity) * sizeof(slot);
}

void cache_ghosts::add(std::uint32_t hash) {
  if (slots_.empty())
    return;
  if (++inserted_ == 0)
    ++inserted_; // 0 means nothing
  put({hash, inserted_});
}

bool cache_ghosts::take(std::uint32_t hash) {
  if (slots_.empty())
    return false;
  auto* bucket = bucket_of(hash);
  for (auto* x = bucket; x != bucket + bucket_slots; ++x)
    if (x->hash == hash && is_live(*x)) {
      *x = {};
      return true;
    }
  return false;
}

cache_ghosts::slot* cache_ghosts::bucket_of(std::uint32_t hash) {
  // The cache's own table uses the low bits: others here keep the two tables' crowds apart.
  const auto mixed = static_cast<std::uint64_t>(hash) * 0x9E3779B97F4A7C15U >> 32;
  return slots_.data() + (mixed & (slots_.size() / bucket_slots - 1)) * bucket_slots;
}

void cache_ghosts::put(slot x) {
  auto* bucket = bucket_of(x.hash);
  auto* place = bucket;
  for (auto* other = bucket; other != bucket + bucket_slots; ++other) {
    if (!is_live(*other)) {
      place = other;
      break;
    }
    if (inserted_ - other->number > inserted_ - place->number)
      place = other;
  }
  *place = x;
}

} // namespace troupe
