// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/json_reader.hpp"
#include "messages/errors.hpp"

namespace troupe {

/// Checks a JSON Schema as a collection may declare it: draft 7, less what docs/records.md leaves
/// out. `invalid_argument`, with the JSON pointer into the schema where that is known.
result<void> check_schema(std::string_view text);

/// A JSON Schema, compiled once. One thread at a time.
class record_schema {
public:
  /// Errors as of `check_schema`.
  static result<record_schema> compile(std::string_view text);

  record_schema(record_schema&&) noexcept;
  record_schema& operator=(record_schema&&) noexcept;
  ~record_schema();

  /// What is wrong with a record's fields, a line a violation: "/pointer: what". At most
  /// `violations_max`, then how many more. Empty: nothing.
  std::vector<std::string> violations(const json_value& fields) const;

  static constexpr std::size_t violations_max = 100;

  /// False if a record can never have a member at this path (names with dots between them), because
  /// the schema lists the members of its object and allows no others. Looks only at `properties`
  /// and `additionalProperties`, from the root on.
  bool knows_field(std::string_view path) const;

private:
  struct compiled;

  explicit record_schema(std::unique_ptr<compiled> x);

  std::unique_ptr<compiled> compiled_;
};

} // namespace troupe
