// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/json_reader.hpp"
#include "actors/schema_node.hpp"

namespace troupe {

/// Holds one value against compiled schemas; made anew for each.
///
/// What a schema that several others apply has said of a value is remembered, so that the work
/// grows with schemas times values, not with the ways that lead from one to the other.
class schema_check {
public:
  /// `own_members`: an object of members that the outermost value has beside those that it shows:
  /// they count as present, and `properties` looks at them if they are not null. May be null.
  schema_check(const std::vector<schema_node>& nodes, const json_value* own_members,
               std::size_t lines_max);

  /// Of the first schema. A line a violation, then how many more.
  std::vector<std::string> run(const json_value& value);

private:
  /// Where a value stands in the outermost one.
  struct place {
    const place* outer = nullptr;
    std::string_view name;
    std::size_t index = 0;
    bool is_item = false;
  };

  /// What is applied to what, and whether anybody wants to read why it does not hold.
  struct subject {
    const schema_node& node;
    const json_value& value;
    const place& at;
    bool loud;
  };

  /// Which items or members a schema has looked at; empty: none, or nobody asks.
  using looked_at = std::vector<bool>;

  struct verdict {
    bool holds = true;
    bool loud = false;
    looked_at seen;
  };

  bool apply(schema_index schema, const json_value& value, const place& at, bool loud,
             looked_at* seen);
  bool judge(const subject& x, looked_at& seen);
  bool check_type(const subject& x);
  bool check_number(const subject& x);
  bool check_text(const subject& x);
  bool check_pattern(const schema_pattern& pattern, const subject& x);
  bool check_combinations(const subject& x, looked_at& seen);
  bool check_choices(const subject& x, looked_at& seen);
  bool check_array(const subject& x, looked_at& seen);
  bool check_items(const subject& x, looked_at& seen);
  bool check_contained(const subject& x, looked_at& seen);
  bool check_unique(const subject& x);
  bool check_object(const subject& x, looked_at& seen);
  bool check_presence(const subject& x);
  bool check_members(const subject& x, looked_at& seen);
  bool check_member(const subject& x, const std::string& name, const json_value& member,
                    bool& known);
  bool check_unevaluated(const subject& x, looked_at& seen);

  bool has_member(const subject& x, const std::string& name) const;
  bool need_members(const subject& x, const std::vector<std::string>& names);
  bool report(const subject& x, const std::string& what);
  bool report_at(const place& at, bool loud, const std::string& what);
  bool give_up(const char* why);
  static std::string pointer_of(const place& at);

  const std::vector<schema_node>& nodes_;
  const json_value* own_members_;
  std::size_t lines_max_;
  const json_value* outermost_ = nullptr;
  std::vector<std::string> lines_;
  std::size_t violations_ = 0;
  std::size_t steps_ = 0;
  std::size_t depth_ = 0;
  const char* given_up_ = nullptr;
  std::deque<json_value>
    names_; // of members, as values: what is remembered goes by place in memory
  std::unordered_map<const json_value*, std::unordered_map<schema_index, verdict>> known_;
};

} // namespace troupe
