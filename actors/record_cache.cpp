// SPDX-License-Identifier: Apache-2.0
#include "actors/record_cache.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <new>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t small_queue = 0;
constexpr std::size_t main_queue = 1;

// The paper's parameters.
constexpr std::size_t small_share = 10;      // of the memory: a tenth
constexpr std::uint8_t frequency_max = 3;    // two bits
constexpr std::uint8_t reads_to_promote = 2; // while in the small queue

// Ghosts remember as many as the main queue holds: nine tenths.
constexpr std::size_t ghosts_for(std::size_t entries) {
  return entries - entries / small_share;
}

constexpr std::size_t table_slots_min = 8;

// Linear probing gets slow when more of the table is in use.
constexpr std::size_t entries_in(std::size_t slots) {
  return slots / 4 * 3;
}

/// What an allocation of so many bytes takes from the system: glibc puts a word in front, rounds up
/// to 16 bytes, and maps large blocks as whole pages.
constexpr std::size_t allocated(std::size_t bytes) {
  constexpr std::size_t word = 8, unit = 16, page = 4096, mapped = 128 * 1024;
  if (bytes >= mapped)
    return (bytes + 2 * word + page - 1) / page * page;
  return std::max<std::size_t>(32, (bytes + word + unit - 1) / unit * unit);
}

std::uint32_t hash_of_id(std::string_view id) noexcept {
  const auto hash = static_cast<std::uint64_t>(std::hash<std::string_view>{}(id));
  return static_cast<std::uint32_t>(hash >> 32 ^ hash);
}

} // namespace

/// One block of memory: this, the id, the fields.
struct record_cache::entry {
  entry* newer = nullptr;
  entry* older = nullptr;
  std::uint64_t stamp = 0;
  timestamp created_at{};
  timestamp updated_at{};
  time_point learned{};
  std::uint32_t hash = 0;
  std::uint32_t fields_bytes = 0;
  std::uint32_t epoch = 0; ///< its low bits: four billion claims of a shard bring none back
  std::uint8_t id_bytes = 0;
  std::uint8_t shard = 0;
  std::uint8_t frequency : 2 = 0;
  std::uint8_t queue : 1 = 0;
  std::uint8_t absent : 1 = 0;

  char* text() noexcept { return reinterpret_cast<char*>(this + 1); }
  const char* text() const noexcept { return reinterpret_cast<const char*>(this + 1); }
  std::string_view id() const noexcept { return {text(), id_bytes}; }
  std::string_view fields() const noexcept { return {text() + id_bytes, fields_bytes}; }
};

static_assert(key_shards <= 256 && limits::record_id_bytes_max <= 255, "they are kept in a byte");

record cached_record::value() const {
  if (absent)
    return {std::string{id}, 0, {}, {}, {}};
  return {std::string{id}, stamp, created_at, updated_at, std::string{fields}};
}

// -- entries --------------------------------------------------------------------------------------

record_cache::entry* record_cache::make_entry(const record& x, std::size_t bytes) {
  auto* made = new (::operator new(bytes)) entry;
  made->id_bytes = static_cast<std::uint8_t>(x.id.size());
  std::memcpy(made->text(), x.id.data(), x.id.size());
  if (x.version == 0) {
    made->absent = 1;
    return made;
  }
  made->created_at = x.created_at;
  made->updated_at = x.updated_at;
  made->fields_bytes = static_cast<std::uint32_t>(x.fields.size());
  std::memcpy(made->text() + x.id.size(), x.fields.data(), x.fields.size());
  return made;
}

std::size_t record_cache::bytes_of(const entry& x) noexcept {
  return allocated(sizeof(entry) + x.id_bytes + x.fields_bytes);
}

cached_record record_cache::view_of(const entry& x) noexcept {
  return {x.id(), x.fields(), x.absent != 0, x.stamp, x.created_at, x.updated_at, x.learned};
}

record_cache::record_cache(const record_cache_options& options) : options_{options} {}

record_cache::record_cache(record_cache&& other) noexcept
    : options_{other.options_},
      table_{std::exchange(other.table_, {})},
      entries_{std::exchange(other.entries_, 0)},
      queues_{std::exchange(other.queues_, {})},
      ghosts_{std::exchange(other.ghosts_, {})},
      hits_{other.hits_},
      misses_{other.misses_},
      evictions_{other.evictions_} {}

record_cache::~record_cache() {
  for (auto* x : table_)
    ::operator delete(x);
}

std::size_t record_cache::bytes() const noexcept {
  return sizeof(*this) + queues_[small_queue].bytes + queues_[main_queue].bytes
         + table_.size() * sizeof(entry*) + ghosts_.bytes();
}

std::size_t record_cache::bytes_for(std::size_t entries, std::size_t id_bytes,
                                    std::size_t fields_bytes) {
  auto slots = table_slots_min;
  while (entries_in(slots) < entries)
    slots *= 2;
  return sizeof(record_cache) + entries * allocated(sizeof(entry) + id_bytes + fields_bytes)
         + slots * sizeof(entry*) + cache_ghosts::bytes_for(ghosts_for(entries));
}

// -- what is known --------------------------------------------------------------------------------

std::size_t record_cache::slot_of(std::string_view id, std::uint32_t hash) const noexcept {
  const auto mask = table_.size() - 1;
  for (auto slot = hash & mask;; slot = (slot + 1) & mask) {
    const auto* x = table_[slot];
    if (x == nullptr || (x->hash == hash && x->id() == id))
      return slot;
  }
}

record_cache::entry* record_cache::look_up(std::string_view id) const noexcept {
  return table_.empty() ? nullptr : table_[slot_of(id, hash_of_id(id))];
}

bool record_cache::is_current(const entry* x, std::uint64_t epoch, time_point now) const noexcept {
  return x != nullptr && x->epoch == static_cast<std::uint32_t>(epoch)
         && (options_.ttl == milliseconds{0} || now - x->learned < options_.ttl);
}

std::optional<cached_record> record_cache::get(std::string_view id, std::uint64_t epoch,
                                               time_point now) {
  auto* x = look_up(id);
  if (!is_current(x, epoch, now)) {
    ++misses_;
    return std::nullopt;
  }
  ++hits_;
  if (x->frequency < frequency_max)
    x->frequency = static_cast<std::uint8_t>(x->frequency + 1) & frequency_max;
  return view_of(*x);
}

std::optional<cached_record> record_cache::find(std::string_view id, std::uint64_t epoch,
                                                time_point now) const {
  const auto* x = look_up(id);
  return is_current(x, epoch, now) ? std::optional{view_of(*x)} : std::nullopt;
}

std::optional<cached_record> record_cache::find_stale(std::string_view id) const {
  const auto* x = look_up(id);
  return x != nullptr ? std::optional{view_of(*x)} : std::nullopt;
}

bool record_cache::is_older(std::uint64_t stamp, std::uint64_t epoch,
                            const entry& known) const noexcept {
  return options_.version_order && known.epoch == static_cast<std::uint32_t>(epoch)
         && stamp < known.stamp;
}

void record_cache::put(const record& x, std::uint64_t sequence, std::uint32_t shard,
                       std::uint64_t epoch, time_point now) {
  const auto stamp = x.version == 0 ? sequence : x.version;
  auto* known = look_up(x.id);
  if (known != nullptr && is_older(stamp, epoch, *known))
    return;
  const auto bytes = sizeof(entry) + x.id.size() + (x.version == 0 ? 0 : x.fields.size());
  if (x.id.size() > limits::record_id_bytes_max
      || allocated(bytes) + sizeof(*this) > options_.bytes_max
      || (known == nullptr && !make_room(allocated(bytes)))) {
    if (known != nullptr)
      erase(known);
    return;
  }
  auto* made = make_entry(x, bytes);
  made->stamp = stamp;
  made->learned = now;
  made->hash = hash_of_id(x.id);
  made->epoch = static_cast<std::uint32_t>(epoch);
  made->shard = static_cast<std::uint8_t>(shard);
  if (known == nullptr)
    insert(made);
  else
    replace(known, made);
}

void record_cache::invalidate(std::string_view id, std::uint64_t version) {
  auto* x = look_up(id);
  if (x != nullptr && x->stamp < version)
    erase(x);
}

std::vector<ranked_key> record_cache::most_read(const std::vector<shard_epoch>& shards,
                                                std::size_t limit) const {
  struct wanted {
    bool any = false;
    std::uint32_t epoch = 0;
    std::array<std::size_t, 2 * (frequency_max + 1)> found{}; // by rank
  };
  std::vector<wanted> wants(key_shards);
  for (const auto& x : shards)
    wants[x.shard] = {true, static_cast<std::uint32_t>(x.epoch), {}};
  std::vector<ranked_key> keys;
  for (const auto* x : table_) {
    if (x == nullptr || x->absent != 0)
      continue;
    auto& want = wants[x->shard];
    const std::uint32_t rank = x->queue * (frequency_max + 1U) + x->frequency;
    if (want.any && want.epoch == x->epoch && rank > 0 && want.found[rank]++ < limit)
      keys.push_back({x->shard, rank, std::string{x->id()}});
  }
  return keys;
}

// -- memory ---------------------------------------------------------------------------------------

std::size_t record_cache::growth() const noexcept {
  if (entries_ < entries_in(table_.size()))
    return 0;
  return std::max(table_.size(), table_slots_min) * sizeof(entry*);
}

/// Evicts until an entry of so many bytes fits in. Where the table would have to grow for it and
/// there is no memory for that, fewer entries do.
bool record_cache::make_room(std::size_t bytes) {
  while (this->bytes() + growth() + bytes > options_.bytes_max) {
    if (entries_ == 0)
      return false;
    evict();
  }
  return true;
}

void record_cache::grow() {
  auto old = std::exchange(
    table_, std::vector<entry*>(std::max(table_slots_min, table_.size() * 2), nullptr));
  for (auto* x : old)
    if (x != nullptr)
      table_[slot_of(x->id(), x->hash)] = x;
}

void record_cache::insert(entry* x) {
  if (growth() > 0)
    grow();
  x->queue = ghosts_.take(x->hash) ? main_queue : small_queue;
  table_[slot_of(x->id(), x->hash)] = x;
  ++entries_;
  link(x);
}

/// The new entry takes the place of the old one in the table and in its queue.
void record_cache::replace(entry* old, entry* by) {
  by->frequency = old->frequency;
  by->queue = old->queue;
  by->newer = old->newer;
  by->older = old->older;
  auto& in = queues_[by->queue];
  (by->newer != nullptr ? by->newer->older : in.newest) = by;
  (by->older != nullptr ? by->older->newer : in.oldest) = by;
  in.bytes += bytes_of(*by);
  in.bytes -= bytes_of(*old);
  table_[slot_of(by->id(), by->hash)] = by;
  ::operator delete(old);
  while (bytes() > options_.bytes_max && entries_ > 0)
    evict();
}

void record_cache::link(entry* x) {
  auto& in = queues_[x->queue];
  x->newer = nullptr;
  x->older = in.newest;
  (in.newest != nullptr ? in.newest->newer : in.oldest) = x;
  in.newest = x;
  in.bytes += bytes_of(*x);
}

void record_cache::unlink(entry* x) noexcept {
  auto& in = queues_[x->queue];
  (x->newer != nullptr ? x->newer->older : in.newest) = x->older;
  (x->older != nullptr ? x->older->newer : in.oldest) = x->newer;
  in.bytes -= bytes_of(*x);
}

/// Moves what follows to where it would be if this slot had never been in use (D. Knuth, The Art of
/// Computer Programming, volume 3, algorithm 6.4 R), so that no marks of the deleted stay.
void record_cache::clear_slot(std::size_t slot) noexcept {
  const auto mask = table_.size() - 1;
  for (auto next = (slot + 1) & mask; table_[next] != nullptr; next = (next + 1) & mask) {
    const auto home = table_[next]->hash & mask;
    if (((next - home) & mask) < ((next - slot) & mask))
      continue;
    table_[slot] = table_[next];
    slot = next;
  }
  table_[slot] = nullptr;
}

void record_cache::erase(entry* x) noexcept {
  unlink(x);
  clear_slot(slot_of(x->id(), x->hash));
  --entries_;
  ::operator delete(x);
}

// -- eviction -------------------------------------------------------------------------------------

void record_cache::evict() {
  const auto small = queues_[small_queue].bytes;
  const auto all = small + queues_[main_queue].bytes;
  const auto from_small = small >= all / small_share;
  if (from_small ? evict_small() || evict_main() : evict_main() || evict_small())
    ++evictions_;
}

/// Evicts one entry, unless all were read again and moved to the main queue.
bool record_cache::evict_small() {
  while (auto* x = queues_[small_queue].oldest) {
    if (x->frequency >= reads_to_promote) {
      unlink(x);
      x->queue = main_queue;
      x->frequency = 0;
      link(x);
      continue;
    }
    ghosts_.resize(ghosts_for(entries_));
    ghosts_.add(x->hash);
    erase(x);
    return true;
  }
  return false;
}

/// Evicts one entry, if there is any: in at most `frequency_max` rounds, one on average.
bool record_cache::evict_main() {
  while (auto* x = queues_[main_queue].oldest) {
    if (x->frequency == 0) {
      erase(x);
      return true;
    }
    unlink(x);
    x->frequency = static_cast<std::uint8_t>(x->frequency - 1) & frequency_max;
    link(x);
  }
  return false;
}

} // namespace troupe
