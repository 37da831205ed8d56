// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <SQLiteCpp/SQLiteCpp.h>
#include <cstdint>
#include <string>
#include <vector>

#include "persistence/search_language.hpp"

namespace troupe::sqlite {

/// The full-text index of one collection (FTS5): a column for each searched field, and no copy of
/// the texts. To take a record out, the texts that were put in must be given again: `texts_of` is
/// part of the stored data, and whoever changes it must build all indexes anew.
class record_search {
public:
  /// For the paths of `collection_declaration::search`. The table must be there.
  record_search(const SQLite::Database& database, std::int64_t collection,
                std::vector<std::string> paths);

  /// The record at `place` in its table was created, replaced or removed; no fields: there were, or
  /// are, none.
  void change(std::int64_t place, const std::string& before, const std::string& after);

private:
  std::vector<std::string> paths_;
  SQLite::Statement insert_;
  SQLite::Statement remove_;
};

/// The SQL that makes the index of a collection.
std::string create_search(std::int64_t collection, std::size_t fields);

/// For each path the text of that field, or the texts of its array with spaces between, in the form
/// of `indexed_text`.
std::vector<std::string> texts_of(const std::string& fields, const std::vector<std::string>& paths);

/// A search in FTS5's language: no word of it is syntax there.
std::string match_expression(const search_tree& search);

} // namespace troupe::sqlite
