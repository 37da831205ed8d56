// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/cache_ghosts.hpp"
#include "messages/ownership.hpp"
#include "messages/record.hpp"

namespace troupe {

/// What a cache knows of one id. Views: valid until the cache is changed.
struct cached_record {
  using time_point = std::chrono::steady_clock::time_point;

  std::string_view id;
  std::string_view fields;
  bool absent = false;     ///< there is no such record
  std::uint64_t stamp = 0; ///< the record's version; of an absent one the sequence as of which
  timestamp created_at{};
  timestamp updated_at{};
  time_point learned{}; ///< when it was read from the database or written

  /// A copy; version 0 if it is absent.
  record value() const;
};

/// A key that was read often.
struct ranked_key {
  std::uint32_t shard = 0;
  std::uint32_t rank = 0; ///< more: read more often
  std::string id;
};

struct record_cache_options {
  std::size_t bytes_max = 0;
  milliseconds ttl{0};       ///< 0: for ever
  bool version_order = true; ///< only newer knowledge replaces older; see `cache_safety`
};

/// What is known of the records of one collection, in bounded memory. Pure state: no actor, no
/// clock. Every call but `most_read` takes constant time, and the evictions that it makes.
///
/// Absence is knowledge, too: "absent as of sequence s" is newer than every value up to version s,
/// because versions come from that sequence. So one number, the stamp, orders all that can be known
/// of a key under one epoch. What was learned under another epoch is not there for `get`, and is
/// replaced by whatever comes.
///
/// Eviction: S3-FIFO (J. Yang, Y. Zhang, Z. Qiu, Y. Yue, R. Vinayak, "FIFO Queues are All You Need
/// for Cache Eviction", SOSP 2023), with sizes in bytes. New entries go through a small queue of a
/// tenth of the memory; what is read again there moves to the main queue, which passes over
/// what was read since it was last looked at; what comes back soon after it left the small queue
/// goes to the main queue at once.
///
/// All memory counts: entries as the allocator rounds them, the table, and the ghosts. While the
/// table grows, its old half is there, too.
class record_cache {
public:
  using time_point = cached_record::time_point;

  explicit record_cache(const record_cache_options& options);
  ~record_cache();
  record_cache(record_cache&& other) noexcept;
  record_cache(const record_cache&) = delete;
  record_cache& operator=(const record_cache&) = delete;
  record_cache& operator=(record_cache&&) = delete;

  /// What is known of a key under this epoch, and not for longer than the ttl. Counts as a read.
  std::optional<cached_record> get(std::string_view id, std::uint64_t epoch, time_point now);

  /// The same without counting.
  std::optional<cached_record> find(std::string_view id, std::uint64_t epoch, time_point now) const;

  /// What was ever learned and is still in memory: may be wrong by now.
  std::optional<cached_record> find_stale(std::string_view id) const;

  /// Takes what is known as of `sequence` (version 0: there is no such record). Nothing happens if
  /// something newer is known. What is larger than the whole cache is not kept.
  void put(const record& x, std::uint64_t sequence, std::uint32_t shard, std::uint64_t epoch,
           time_point now);

  /// Drops what is older than `version`.
  void invalidate(std::string_view id, std::uint64_t version);

  /// The records of these shards that were read most: at most `limit` a shard and rank, in no
  /// order. Looks at every entry.
  std::vector<ranked_key> most_read(const std::vector<shard_epoch>& shards,
                                    std::size_t limit) const;

  std::size_t entries() const noexcept { return entries_; }
  std::size_t bytes() const noexcept;
  std::size_t bytes_max() const noexcept { return options_.bytes_max; }
  std::uint64_t hits() const noexcept { return hits_; }
  std::uint64_t misses() const noexcept { return misses_; }
  std::uint64_t evictions() const noexcept { return evictions_; }

  /// The memory that takes `entries` entries with ids and fields of these sizes.
  static std::size_t bytes_for(std::size_t entries, std::size_t id_bytes, std::size_t fields_bytes);

private:
  struct entry;

  struct queue {
    entry* newest = nullptr;
    entry* oldest = nullptr;
    std::size_t bytes = 0;
  };

  static entry* make_entry(const record& x, std::size_t bytes);
  static std::size_t bytes_of(const entry& x) noexcept;
  static cached_record view_of(const entry& x) noexcept;

  std::size_t slot_of(std::string_view id, std::uint32_t hash) const noexcept;
  entry* look_up(std::string_view id) const noexcept;
  bool is_current(const entry* x, std::uint64_t epoch, time_point now) const noexcept;
  bool is_older(std::uint64_t stamp, std::uint64_t epoch, const entry& known) const noexcept;
  bool make_room(std::size_t bytes);
  std::size_t growth() const noexcept;
  void grow();
  void insert(entry* x);
  void replace(entry* old, entry* by);
  void link(entry* x);
  void unlink(entry* x) noexcept;
  void clear_slot(std::size_t slot) noexcept;
  void erase(entry* x) noexcept;
  void evict();
  bool evict_small();
  bool evict_main();

  record_cache_options options_;
  std::vector<entry*> table_; ///< open addressing, linear probing; a power of two
  std::size_t entries_ = 0;
  std::array<queue, 2> queues_; ///< small, main
  cache_ghosts ghosts_;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
  std::uint64_t evictions_ = 0;
};

} // namespace troupe
