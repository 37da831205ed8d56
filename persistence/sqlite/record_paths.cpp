// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/record_paths.hpp"

#include <algorithm>

#include "messages/record.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe::sqlite {

namespace {

// SQLite compares a quoted name with the text between the quotes in the record, escapes and all,
// and knows no escape in the path.
bool is_plain(unsigned char x) {
  return x >= 0x20 && x != '"' && x != '\\' && x != 0x7f;
}

[[noreturn]] void refuse_path(std::string_view path) {
  throw storage_error{{errc::invalid_argument,
                       "no field can have the path '" + std::string{path.substr(0, 100)} + "'"}};
}

} // namespace

std::vector<std::string> names_of(std::string_view path) {
  return path_names(path).value_or(std::vector<std::string>{});
}

field_sql sql_of(std::string_view path) {
  if (path == "id")
    return {field_place::id, "id", {}, {}};
  if (path == "version")
    return {field_place::version, "version", {}, {}};
  if (path == "created_at" || path == "updated_at")
    return {field_place::time, std::string{path}, {}, {}};
  const auto names = names_of(path);
  std::string literal = "'$";
  if (names.empty())
    refuse_path(path);
  for (const auto& name : names) {
    if (!std::all_of(name.begin(), name.end(), is_plain))
      refuse_path(path);
    literal += ".\"";
    for (const auto x : name)
      literal += x == '\'' ? std::string{"''"} : std::string{x};
    literal += '"';
  }
  literal += '\'';
  return {field_place::json, "json_extract(fields, " + literal + ")",
          "json_type(fields, " + literal + ")", literal};
}

} // namespace troupe::sqlite
