// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/limits.hpp"
#include "messages/time.hpp"

namespace troupe {

/// One record of a collection.
struct record {
  std::string id;            ///< unique in its collection; see `is_record_id`
  std::uint64_t version = 0; ///< of the collection's sequence, never used again; 0: no such record
  timestamp created_at{};
  timestamp updated_at{};
  std::string fields; ///< a JSON object, without the four above

  bool operator==(const record&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, record& x) {
  return f(x.id, x.version, x.created_at, x.updated_at, x.fields);
}

/// True for 1 to `limits::record_id_bytes_max` of the characters that need no escape in a URL
/// (RFC 3986, "unreserved"), but neither "." nor "..".
bool is_record_id(std::string_view id) noexcept;

/// The record as clients see it: one JSON object, with id, version and times in front.
std::string record_json(const record& x);

/// A time as RFC 3339 in UTC with microseconds: "2026-01-31T08:15:30.250000Z".
std::string rfc3339(timestamp x);

/// Tells a database from another one that was restored or begun in its place: sequence numbers and
/// versions mean something in one generation only. 0: unknown, or any.
using database_generation = std::uint64_t;

/// Names one record of the cluster.
struct record_key {
  std::string collection;
  std::string id;

  bool operator==(const record_key&) const = default;
  auto operator<=>(const record_key&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, record_key& x) {
  return f(x.collection, x.id);
}

/// Keys are hashed to this many shards; each has at most one owner at a time. Part of the stored
/// data: never change it.
inline constexpr std::uint32_t key_shards = 256;

/// The shard of a key: FNV-1a (64 bits) over collection, a zero byte and id, folded.
std::uint32_t shard_of(std::string_view collection, std::string_view id) noexcept;

enum class change_kind : std::uint8_t { created = 1, updated, deleted };

std::string to_string(change_kind x);

/// One committed change, as the feed tells it.
struct record_change {
  std::uint64_t sequence = 0; ///< of the collection, without a gap; the record's version
  change_kind kind = change_kind::created;
  record value; ///< after the change; of a deleted one the id, version and times

  bool operator==(const record_change&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, record_change& x) {
  return f(x.sequence, x.kind, x.value);
}

/// The payload of a hook's job: {"collection":...,"change":...,"before":...,"after":...}; what does
/// not exist is null.
std::string hook_payload(std::string_view collection, change_kind kind, const record& before,
                         const record& after);

/// When a write may happen.
enum class condition_kind : std::uint8_t {
  none = 0, ///< always
  absent,   ///< only if there is no such record (If-None-Match: *)
  present,  ///< only if there is one (If-Match: *)
  version,  ///< only at this version (If-Match)
};

struct write_condition {
  condition_kind kind = condition_kind::none;
  std::uint64_t version = 0;
  database_generation generation = 0; ///< of the version; 0: of whatever database there is

  bool operator==(const write_condition&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, write_condition& x) {
  return f(x.kind, x.version, x.generation);
}

/// True if a record at `version` (0: there is none) may be written under `x`.
bool holds(const write_condition& x, std::uint64_t version) noexcept;

// -- what lists are selected by ------------------------------------------------------------------

/// The member names of a path: between dots, as they are or in backquotes, where two of these stand
/// for one: "author.name", "`a.b`.`c``d`". Nothing if a name is empty or a quote is open.
std::optional<std::vector<std::string>> path_names(std::string_view path);

/// The path of these names. No two lists of names have the same.
std::string path_of(const std::vector<std::string>& names);

/// One step of a filter in postfix order: comparisons push a truth value, `both`, `either` and
/// `negation` combine what was pushed. An empty filter is true.
enum class filter_operator : std::uint8_t {
  equal = 1,
  not_equal, ///< the field is there, and has another value or type
  less,
  less_equal,
  greater,
  greater_equal,
  one_of,      ///< the field equals one of the values
  has,         ///< the field is an array with this element
  starts_with, ///< the field is a text that begins so
  exists,      ///< the field is there and not null
  both,
  either,
  negation,
  contains,     ///< the field is a text with this one in it
  iequal,       ///< the field is a text that equals, whatever the case of letters
  istarts_with, ///< begins so, whatever the case
  icontains,    ///< has this one in it, whatever the case
};

struct filter_step {
  filter_operator what = filter_operator::equal;
  /// A path, or id, version, created_at, updated_at. See `path_names`.
  std::string field;
  std::vector<std::string> values; ///< JSON scalars; times of the two fields above as RFC 3339

  bool operator==(const filter_step&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, filter_step& x) {
  return f(x.what, x.field, x.values);
}

struct sort_key {
  std::string field; ///< missing and null come first, then numbers (false 0, true 1), then texts
  bool descending = false;

  bool operator==(const sort_key&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, sort_key& x) {
  return f(x.field, x.descending);
}

} // namespace troupe
