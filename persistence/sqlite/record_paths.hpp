// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace troupe::sqlite {

/// What a field's path means in a table of records.
enum class field_place {
  id,
  version,
  time, ///< created_at or updated_at
  json, ///< in `fields`
};

/// A field as SQL. No text of a path stands in it but inside of a quoted literal.
struct field_sql {
  field_place place = field_place::json;
  std::string value; ///< its value; NULL: missing, or null
  std::string type;  ///< of `json`: its JSON type's name; NULL: missing
  std::string path;  ///< of `json`: SQLite's path, as a literal
};

/// Throws `storage_error` (`invalid_argument`) for a path that cannot name a member: an empty name,
/// quotes, backslashes or control characters in one.
field_sql sql_of(std::string_view path);

/// The member names of a path; none if it is no path.
std::vector<std::string> names_of(std::string_view path);

} // namespace troupe::sqlite
