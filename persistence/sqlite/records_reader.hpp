// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <SQLiteCpp/SQLiteCpp.h>
#include <map>
#include <memory>
#include <string>

#include "messages/record_storage.hpp"
#include "persistence/sqlite/record_catalog.hpp"

namespace troupe::sqlite {

/// Reads records on a connection whose transaction the caller has begun. Throws `storage_error` for
/// requests that cannot be answered.
///
/// What a selection costs: with an index on the field that it sorts by, or on one that its filter
/// names, it reads little more than it shows; else all records of the collection.
class records_reader {
public:
  explicit records_reader(const SQLite::Database& database);
  ~records_reader();

  collections_read collections();
  shards_stored shards();
  records_read read(const read_records& request);
  records_queried select(const query_records& request);
  changes_read changes(const read_changes& request);

private:
  struct prepared;

  catalog_entry find(const std::string& collection);
  prepared& statements_of(std::int64_t collection);

  const SQLite::Database& database_;
  record_catalog catalog_;
  database_generation generation_;
  std::map<std::int64_t, std::unique_ptr<prepared>> statements_;
};

} // namespace troupe::sqlite
