// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/text_functions.hpp"

#include <sqlite3.h>
#include <string_view>

#include "persistence/unicode_text.hpp"

namespace troupe::sqlite {

namespace {

void fold(sqlite3_context* answer, int, sqlite3_value** values) {
  if (sqlite3_value_type(values[0]) != SQLITE_TEXT)
    return sqlite3_result_null(answer);
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
  if (text == nullptr)
    return sqlite3_result_error_nomem(answer);
  const auto small = folded({text, static_cast<std::size_t>(sqlite3_value_bytes(values[0]))});
  sqlite3_result_text(answer, small.data(), static_cast<int>(small.size()), SQLITE_TRANSIENT);
}

} // namespace

void add_text_functions(SQLite::Database& database) {
  if (sqlite3_create_function_v2(database.getHandle(), "troupe_fold", 1,
                                 SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, fold, nullptr,
                                 nullptr, nullptr)
      != SQLITE_OK)
    throw SQLite::Exception{database.getHandle()};
}

} // namespace troupe::sqlite
