// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "messages/record_storage.hpp"
#include "persistence/sqlite/connection.hpp"

namespace troupe::sqlite {

/// What a declared field is for. Part of the stored data.
enum class field_purpose { index = 1, search = 2 };

struct catalog_entry {
  std::int64_t id = 0; ///< part of the names of the collection's tables
  bool declared = false;
  int search_version = 0; ///< of `search_index_version`: by which rules its search index was made
  stored_collection seen;
};

/// Reads the tables `collections`, `collection_fields` and `key_shards`.
class record_catalog {
public:
  explicit record_catalog(const SQLite::Database& database);

  /// Nothing if there is no such collection.
  std::optional<catalog_entry> find(const std::string& name);

  /// All, by name.
  std::vector<catalog_entry> all();

  /// The owners of shards that were ever claimed, by number.
  std::vector<stored_shard> shards();

  database_generation generation();

private:
  catalog_entry entry(const query& row);
  void read_fields(catalog_entry& x);

  SQLite::Statement find_;
  SQLite::Statement all_;
  SQLite::Statement fields_;
  SQLite::Statement shards_;
  SQLite::Statement generation_;
};

/// Names of a collection's tables.
std::string records_table(std::int64_t collection);
std::string changes_table(std::int64_t collection);
std::string search_table(std::int64_t collection);

/// The columns of a record, as `read_record` wants them.
inline constexpr const char* record_columns = "id, version, created_at, updated_at, fields";
record read_record(const query& row, int first_column);

} // namespace troupe::sqlite
