// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "messages/ownership.hpp"

namespace troupe {

/// A key that an owner has something to do with, under the epoch of that time.
struct owned_key {
  std::uint32_t collection = 0; ///< its position in the owner's list
  std::uint32_t shard = 0;
  std::uint64_t epoch = 0;
  std::string id;
};

/// What is under way for keys: reads that wait for the database, and writes. Pure state: no actor.
///
/// One load a key at a time, however many wait for it. While anything is under way for a key, this
/// remembers as of which sequence it was heard of last, and refuses what is older: answers overtake
/// each other, and memory may have been evicted meanwhile.
class key_traffic {
public:
  /// Whom to tell: one read may wait for several keys.
  struct waiter {
    std::uint64_t read = 0;
    std::size_t position = 0;
    bool first = false; ///< it caused the load
  };

  /// `collections`: how many there are. `order`: see `cache_safety::version_order`.
  explicit key_traffic(std::size_t collections = 0, bool order = true);

  // -- loads

  /// `read` waits for the key, which will be loaded unless it is already. True if it caused that.
  bool wait(const owned_key& key, std::uint64_t read, std::size_t position);

  /// Load this when there is nothing better to do.
  void warm(owned_key key);

  /// The keys of a collection to load next, at most `limit`. What is only warmed comes when no read
  /// waits to be loaded, whatever its collection.
  std::vector<owned_key> take_wanted(std::uint32_t collection, std::size_t limit);

  bool wants_loads() const noexcept;

  /// A load is back, which holds what there was as of `sequence`. False if something newer was
  /// heard of meanwhile: then it will be loaded again.
  bool accept_load(const owned_key& key, std::uint64_t sequence);

  /// A load is over: who waited for it.
  std::vector<waiter> end_load(const owned_key& key);

  // -- writes, and what others write

  void begin_write(const owned_key& key);

  /// Something was learned as of `sequence` while the key has traffic. False: it is too old to be
  /// remembered.
  bool accept(const owned_key& key, std::uint64_t sequence);

  void end_write(const owned_key& key);

  /// Nothing older than `version` may be answered any more.
  void raise(const owned_key& key, std::uint64_t version);

  // -- shards

  bool is_quiet(std::uint32_t shard) const noexcept { return shards_[shard].empty(); }

  /// The shards are not owned any more: nothing of them is under way. Returns who waited.
  std::vector<waiter> forget(const std::vector<std::uint32_t>& shards);

  /// Waiters and writes.
  std::size_t size() const noexcept { return waiting_ + writes_; }

private:
  struct traffic {
    std::uint64_t floor = 0;
    std::size_t writes = 0;
    bool loading = false; ///< or about to
    std::vector<waiter> waiters;
  };

  using key_map = std::unordered_map<std::string, traffic>;

  static std::string name_of(const owned_key& key);
  traffic* find(const owned_key& key);
  void erase_if_over(const owned_key& key);
  std::vector<waiter> take_waiters(traffic& x);

  bool order_;
  std::array<key_map, key_shards> shards_;    ///< by shard, so that one can be forgotten as a whole
  std::vector<std::deque<owned_key>> wanted_; ///< by collection
  std::vector<std::deque<owned_key>> warm_;
  std::size_t waiting_ = 0;
  std::size_t writes_ = 0;
};

} // namespace troupe
