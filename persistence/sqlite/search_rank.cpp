// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/search_rank.hpp"

#include <memory>
#include <sqlite3.h>
#include <string_view>
#include <vector>

namespace troupe::sqlite {

namespace {

constexpr char shape_of_phrase = 'p';
constexpr char shape_end = ')';

search_tree read_shape(std::string_view& shape) {
  search_tree x;
  const char what = shape.empty() ? shape_of_phrase : shape.front();
  shape.remove_prefix(shape.empty() ? 0 : 1);
  if (what == shape_of_phrase)
    return x;
  x.what = what == '&'   ? search_tree::kind::all
           : what == '|' ? search_tree::kind::any
                         : search_tree::kind::without;
  while (!shape.empty() && shape.front() != shape_end)
    x.parts.push_back(read_shape(shape));
  shape.remove_prefix(shape.empty() ? 0 : 1);
  return x;
}

void forget_tree(void* x) {
  delete static_cast<search_tree*>(x);
}

/// The search, read once a statement. Null: no memory.
const search_tree* tree_of(const Fts5ExtensionApi* api, Fts5Context* row, sqlite3_value* shape) {
  if (const auto* known = api->xGetAuxdata(row, 0))
    return static_cast<const search_tree*>(known);
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(shape));
  std::string_view rest = text != nullptr ? text : "";
  auto made = std::make_unique<search_tree>(read_shape(rest));
  const auto* tree = made.get();
  // It is SQLite's from here on, even if this fails.
  return api->xSetAuxdata(row, made.release(), forget_tree) == SQLITE_OK ? tree : nullptr;
}

void score(const Fts5ExtensionApi* api, Fts5Context* row, sqlite3_context* answer, int count,
           sqlite3_value** values) {
  const auto* tree = count == 1 ? tree_of(api, row, values[0]) : nullptr;
  int places = 0;
  int words = 0;
  if (tree == nullptr || api->xInstCount(row, &places) != SQLITE_OK
      || api->xColumnSize(row, -1, &words) != SQLITE_OK) {
    sqlite3_result_error(answer, "troupe_score: cannot look at the row", -1);
    return;
  }
  std::vector<std::uint64_t> hits(static_cast<std::size_t>(api->xPhraseCount(row)));
  for (int i = 0; i < places; ++i) {
    int phrase = 0;
    int column = 0;
    int offset = 0;
    if (api->xInst(row, i, &phrase, &column, &offset) == SQLITE_OK)
      ++hits[static_cast<std::size_t>(phrase)];
  }
  sqlite3_result_int64(answer, search_score(*tree, hits, static_cast<std::uint64_t>(words)));
}

} // namespace

void add_search_score(SQLite::Database& database) {
  fts5_api* api = nullptr;
  sqlite3_stmt* ask = nullptr;
  if (sqlite3_prepare_v2(database.getHandle(), "SELECT fts5(?1)", -1, &ask, nullptr) == SQLITE_OK
      && sqlite3_bind_pointer(ask, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr)
           == SQLITE_OK)
    sqlite3_step(ask);
  sqlite3_finalize(ask);
  if (api == nullptr
      || api->xCreateFunction(api, "troupe_score", nullptr, score, nullptr) != SQLITE_OK)
    throw SQLite::Exception{database.getHandle()};
}

std::string search_shape(const search_tree& search) {
  if (search.what == search_tree::kind::phrase)
    return {shape_of_phrase};
  std::string shape{search.what == search_tree::kind::all   ? '&'
                    : search.what == search_tree::kind::any ? '|'
                                                            : '!'};
  for (const auto& part : search.parts)
    shape += search_shape(part);
  return shape + shape_end;
}

} // namespace troupe::sqlite
