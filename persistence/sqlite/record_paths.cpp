// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/record_paths.hpp"

#include <algorithm>

#include "persistence/storage_engine.hpp"

namespace troupe::sqlite {

namespace {

// SQLite compares a quoted name with the text between the quotes in the record, escapes and all,
// and knows no escape in the path.
bool is_plain(unsigned char x) {
  return x >= 0x20 && x != '"' && x != '\\' && x != 0x7f;
}

} // namespace

std::vector<std::string> names_of(std::string_view path) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('.', begin), path.size());
    names.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

field_sql sql_of(std::string_view path) {
  if (path == "id")
    return {field_place::id, "id", {}, {}};
  if (path == "version")
    return {field_place::version, "version", {}, {}};
  if (path == "created_at" || path == "updated_at")
    return {field_place::time, std::string{path}, {}, {}};
  std::string literal = "'$";
  for (const auto& name : names_of(path)) {
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_plain))
      throw storage_error{{errc::invalid_argument, "no field can have the path '"
                                                     + std::string{path.substr(0, 100)} + "'"}};
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
