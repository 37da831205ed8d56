// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/records_reader.hpp"

#include <algorithm>

#include "persistence/sqlite/record_select.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe::sqlite {

namespace {

// Of the records that one request names: the answer is one message, and stands in memory as a
// whole.
constexpr std::size_t records_bytes_max = 64 * 1024 * 1024;

std::uint32_t page_of(std::uint32_t limit) {
  if (limit == 0)
    return limits::page_records_default;
  return std::min<std::uint32_t>(limit, limits::page_records_max);
}

std::size_t bytes_of(const record& x) {
  return x.id.size() + x.fields.size();
}

std::string key_of(const SQLite::Column& column, bool time) {
  return time ? '"' + rfc3339(from_column(column.getInt64())) + '"' : scalar_of(column);
}

} // namespace

/// The statements of one collection. Its tables never go, nor does their number change.
struct records_reader::prepared {
  prepared(const SQLite::Database& db, std::int64_t collection)
      : find{db, std::string{"SELECT "} + record_columns + " FROM " + records_table(collection)
                   + " WHERE id = ?"},
        changes{db, "SELECT sequence, kind, id, sequence, created_at, updated_at, fields FROM "
                      + changes_table(collection) + " WHERE sequence > ? ORDER BY sequence"} {}

  SQLite::Statement find;
  SQLite::Statement changes;
};

records_reader::records_reader(const SQLite::Database& database)
    : database_{database},
      catalog_{database},
      generation_{catalog_.generation()} {}

records_reader::~records_reader() = default;

catalog_entry records_reader::find(const std::string& collection) {
  auto found = catalog_.find(collection);
  if (!found)
    throw storage_error{
      {errc::unknown_collection, "there is no collection '" + collection.substr(0, 100) + "'"}};
  return std::move(*found);
}

records_reader::prepared& records_reader::statements_of(std::int64_t collection) {
  auto& statements = statements_[collection];
  if (!statements)
    statements = std::make_unique<prepared>(database_, collection);
  return *statements;
}

collections_read records_reader::collections() {
  collections_read answer;
  for (auto& x : catalog_.all())
    answer.collections.push_back(std::move(x.seen));
  answer.generation = generation_;
  return answer;
}

shards_stored records_reader::shards() {
  return {catalog_.shards()};
}

records_read records_reader::read(const read_records& request) {
  const auto collection = find(request.collection);
  auto& statement = statements_of(collection.id).find;
  records_read answer;
  answer.sequence = collection.seen.sequence;
  answer.generation = generation_;
  std::size_t bytes = 0;
  for (const auto& id : request.ids) {
    query row{statement};
    row.with_kept_text(id);
    auto& x = answer.records.emplace_back();
    if (row.next())
      x = read_record(row, 0);
    else
      x.id = id;
    bytes += bytes_of(x);
    if (bytes > records_bytes_max)
      throw storage_error{{errc::batch_too_large, "these " + std::to_string(request.ids.size())
                                                    + " records have more than "
                                                    + std::to_string(records_bytes_max)
                                                    + " bytes; ask for fewer at once"}};
  }
  return answer;
}

records_queried records_reader::select(const query_records& request) {
  const auto collection = find(request.collection);
  if (request.generation != 0 && request.generation != generation_)
    refuse("the cursor belongs to another database than there is now; begin again without one");
  const auto select = select_of(request, collection);
  records_queried answer;
  answer.sequence = collection.seen.sequence;
  answer.generation = generation_;
  if (request.count) {
    SQLite::Statement statement{database_, select.count};
    select.count_values.bind(statement);
    statement.executeStep();
    answer.count = static_cast<std::uint64_t>(statement.getColumn(0).getInt64());
  }
  const auto limit = page_of(request.limit);
  SQLite::Statement statement{database_, select.rows};
  select.row_values.bind(statement);
  query row{statement};
  std::size_t bytes = 0;
  std::vector<std::string> last;
  while (row.next()) {
    auto x = read_record(row, 0);
    bytes += bytes_of(x);
    if (answer.records.size() == limit
        || (bytes > limits::message_bytes_max && !answer.records.empty())) {
      answer.last = std::move(last);
      break;
    }
    answer.records.push_back(std::move(x));
    last.clear();
    for (std::size_t i = 0; i < select.keys; ++i)
      last.push_back(key_of(statement.getColumn(static_cast<int>(5 + i)), select.times[i]));
  }
  return answer;
}

changes_read records_reader::changes(const read_changes& request) {
  const auto collection = find(request.collection);
  changes_read answer;
  const auto last = collection.seen.sequence;
  answer.generation = generation_;
  answer.next = request.after == latest_change ? last : request.after;
  answer.too_old = answer.next + 1 < collection.seen.oldest_change || answer.next > last
                   || (request.generation != 0 && request.generation != generation_);
  if (answer.too_old || answer.next >= last)
    return answer;
  const auto limit = page_of(request.limit);
  query row{statements_of(collection.id).changes};
  row.with(to_column(request.after));
  std::size_t bytes = 0;
  while (answer.changes.size() < limit && row.next()) {
    record_change x{row.as<std::uint64_t>(0), row.as<change_kind>(1), read_record(row, 2)};
    bytes += bytes_of(x.value);
    if (bytes > limits::message_bytes_max && !answer.changes.empty())
      break;
    answer.next = x.sequence;
    answer.changes.push_back(std::move(x));
  }
  return answer;
}

} // namespace troupe::sqlite
