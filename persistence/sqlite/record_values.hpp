// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "messages/time.hpp"
#include "persistence/sqlite/connection.hpp"

namespace troupe::sqlite {

/// A value to bind; the first stands for NULL.
using sql_value = std::variant<std::monostate, std::int64_t, double, std::string>;

enum class json_kind { null, boolean, number, text };

/// A JSON scalar. A boolean is 0 or 1, as `json_extract` has it.
struct json_scalar {
  json_kind kind = json_kind::null;
  sql_value value;
  /// Of a whole number from 2^63 on: all its digits. SQLite reads such integers as doubles, and so
  /// `value` is one that is near.
  std::string digits{};
  int rounded = 0; ///< of such a number: 1 if `value` is more than it, -1 if it is less
};

/// Throws `storage_error` (`invalid_argument`) for anything but one scalar.
json_scalar read_scalar(const std::string& json);

/// A column as JSON: null, a number or a text.
std::string scalar_of(const SQLite::Column& column);

/// A time of day as `rfc3339` writes it. Throws `storage_error` (`invalid_argument`) for others.
timestamp read_time(const std::string& text);

/// The values of one statement, numbered as they come.
class bound_values {
public:
  /// Returns the mark that stands for the value in the statement.
  std::string add(sql_value value);

  void bind(SQLite::Statement& statement) const;

private:
  std::vector<sql_value> values_;
};

} // namespace troupe::sqlite
