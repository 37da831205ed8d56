// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace troupe {

/// Remembers the hashes of what was evicted last, in the order of eviction. Pure state.
///
/// A table of fingerprints with the number of their insertion: one is forgotten when `capacity`
/// others came after it, or when its bucket is full of later ones. False memories are as rare as
/// equal fingerprints in one bucket.
class cache_ghosts {
public:
  /// How many to remember, from now on. Grows the table when it must, and never shrinks it.
  void resize(std::size_t capacity);

  /// What a table for so many takes.
  static std::size_t bytes_for(std::size_t capacity);

  std::size_t bytes() const noexcept { return slots_.size() * sizeof(slot); }

  void add(std::uint32_t hash);

  /// True if it was remembered; it is not any more.
  bool take(std::uint32_t hash);

private:
  struct slot {
    std::uint32_t hash = 0;
    std::uint32_t number = 0; ///< of its insertion; 0: nothing
  };

  bool is_live(const slot& x) const noexcept {
    return x.number != 0 && inserted_ - x.number < capacity_;
  }

  slot* bucket_of(std::uint32_t hash);
  void put(slot x);

  std::vector<slot> slots_;
  std::uint32_t capacity_ = 0;
  std::uint32_t inserted_ = 0;
};

} // namespace troupe
