// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "actors/json_reader.hpp"
#include "actors/schema_compiler.hpp"
#include "actors/schema_node.hpp"
#include "messages/errors.hpp"

namespace troupe {

/// Checks a JSON Schema as a collection may declare it: draft 7, 2019-09 or 2020-12, less what
/// docs/records.md leaves out. `invalid_argument`, with the JSON pointer into the schema.
result<void> check_schema(std::string_view text);

/// The members that every record has beside its fields.
bool is_record_member(std::string_view name);

/// A JSON Schema, compiled once. Plain state: several threads may use it at the same time.
class record_schema {
public:
  /// Errors as of `check_schema`.
  static result<record_schema> compile(std::string_view text);

  /// Of a schema that was read already, and whose part about records' own members is not looked at.
  static result<record_schema> compile_plain(const json_value& schema, schema_formats formats);

  record_schema(record_schema&&) noexcept;
  record_schema& operator=(record_schema&&) noexcept;
  ~record_schema();

  /// What is wrong with a record's fields, a line a violation: "/pointer: what". At most
  /// `violations_max`, then how many more. Empty: nothing.
  ///
  /// The schema may demand the record's own members, and describe its id: they count as present.
  std::vector<std::string> violations(const json_value& fields, const std::string& id) const;

  /// The same of any value, which is no record.
  std::vector<std::string> plain_violations(const json_value& value) const;

  static constexpr std::size_t violations_max = 100;

  /// False if a record can never have a member at this path (names with dots between them), because
  /// the schema lists the members of its object and allows no others. Looks only at `properties`,
  /// `patternProperties` and `additionalProperties`, from the root on.
  bool knows_field(std::string_view path) const;

private:
  explicit record_schema(std::vector<schema_node> nodes);

  result<void> check_own_members() const;

  std::vector<schema_node> nodes_;
};

} // namespace troupe
