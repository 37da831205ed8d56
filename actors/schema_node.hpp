// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "actors/decimal.hpp"
#include "actors/schema_format.hpp"
#include "actors/schema_pattern.hpp"

namespace troupe {

/// Names a schema of a compiled text.
using schema_index = std::size_t;

inline constexpr schema_index no_schema = static_cast<schema_index>(-1);

/// Types of JSON values as bits; an integer is a number, too.
enum schema_type : unsigned {
  null_type = 1,
  boolean_type = 2,
  object_type = 4,
  array_type = 8,
  string_type = 16,
  integer_type = 32,
  fraction_type = 64,
  number_type = integer_type | fraction_type,
  any_type = 127
};

/// One schema, ready to be applied: what each keyword demands, and the schemas in it by index.
/// Keywords that say nothing here are empty.
struct schema_node {
  bool never = false;   ///< the schema `false`
  bool shared = false;  ///< several schemas apply it: what it says of a value is remembered
  bool tracked = false; ///< somebody wants to know which items or members it has looked at

  // any value
  unsigned types = any_type;
  std::optional<std::unordered_set<std::string>> values; ///< as `canonical_json` writes them
  std::string shown_values;                              ///< for people
  std::vector<schema_index> all_of;                      ///< references among them
  std::vector<schema_index> any_of;
  std::vector<schema_index> one_of;
  schema_index none_of = no_schema;
  schema_index condition = no_schema;
  schema_index if_true = no_schema;
  schema_index if_false = no_schema;

  // numbers
  std::optional<decimal> multiple_of;
  std::optional<decimal> least;
  std::optional<decimal> most;
  std::optional<decimal> above;
  std::optional<decimal> below;

  // texts; lengths in code points
  std::optional<std::uint64_t> length_min;
  std::optional<std::uint64_t> length_max;
  std::optional<schema_pattern> pattern;
  const schema_format* format = nullptr;

  // arrays
  std::optional<std::uint64_t> items_min;
  std::optional<std::uint64_t> items_max;
  bool unique = false;
  std::vector<schema_index> first_items;
  schema_index other_items = no_schema;
  schema_index contained = no_schema;
  std::uint64_t contained_min = 1;
  std::optional<std::uint64_t> contained_max;
  bool contained_counts = false; ///< as looked at
  schema_index unevaluated_items = no_schema;

  // objects
  std::optional<std::uint64_t> members_min;
  std::optional<std::uint64_t> members_max;
  std::vector<std::string> required;
  std::map<std::string, schema_index, std::less<>> members;
  std::vector<std::pair<schema_pattern, schema_index>> matching_members;
  schema_index other_members = no_schema;
  schema_index names = no_schema;
  std::map<std::string, std::vector<std::string>> required_with;
  std::map<std::string, schema_index> applied_with;
  schema_index unevaluated_members = no_schema;
};

/// The same text for equal values: JSON Schema does not tell 1 from 1.0, nor orders of members.
std::string canonical_json(const json_value& x);

} // namespace troupe
