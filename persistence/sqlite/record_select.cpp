// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/record_select.hpp"

#include <utility>

#include "persistence/sqlite/record_condition.hpp"
#include "persistence/sqlite/record_paths.hpp"
#include "persistence/sqlite/record_search.hpp"
#include "persistence/sqlite/search_rank.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe::sqlite {

namespace {

struct order_key {
  std::string sql;
  bool descending = false;
  bool time = false;
  bool nullable = false;
};

std::vector<order_key> order_of(const query_records& request) {
  if (request.sort.size() > limits::sort_keys_max)
    refuse("sort: at most " + std::to_string(limits::sort_keys_max) + " fields");
  std::vector<order_key> keys;
  if (request.sort.empty() && !request.search.empty())
    keys.push_back({"score", false, false, false});
  for (const auto& key : request.sort) {
    const auto field = sql_of(key.field);
    keys.push_back({field.value, key.descending, field.place == field_place::time,
                    field.place == field_place::json});
  }
  keys.push_back({"id", false, false, false});
  return keys;
}

sql_value place_of(const std::string& json, const order_key& key) {
  auto x = read_scalar(json);
  if (key.time && x.kind == json_kind::text)
    return to_column(read_time(std::get<std::string>(x.value)));
  return std::move(x.value);
}

/// What comes after a value in the order of one key; "0": nothing can.
std::string beyond(const order_key& key, const std::string& mark, bool null) {
  if (null)
    return key.descending ? "0" : key.sql + " IS NOT NULL";
  if (!key.descending)
    return key.sql + " > " + mark;
  return key.nullable ? "(" + key.sql + " < " + mark + " OR " + key.sql + " IS NULL)"
                      : key.sql + " < " + mark;
}

/// All that comes after a place in the order: k1 > a OR (k1 = a AND (k2 > b OR ...)).
std::string after_place(const std::vector<order_key>& keys, const std::vector<std::string>& after,
                        bound_values& values) {
  if (after.size() != keys.size())
    refuse("a page cannot begin after " + std::to_string(after.size()) + " values");
  std::string condition;
  for (auto i = keys.size(); i-- > 0;) {
    const auto value = place_of(after[i], keys[i]);
    const bool null = std::holds_alternative<std::monostate>(value);
    const auto mark = values.add(value);
    const auto further = beyond(keys[i], mark, null);
    if (condition.empty())
      condition = further;
    else
      condition = "((" + condition + ") AND " + keys[i].sql + " IS " + mark + ") OR " + further;
    // Says the same of the first key alone, so that an index leads to the page.
    if (i == 0 && keys.size() > 1 && !null && !(keys[i].descending && keys[i].nullable))
      condition
        = "(" + condition + ") AND " + keys[i].sql + (keys[i].descending ? " <= " : " >= ") + mark;
  }
  return condition;
}

std::string source_of(const query_records& request, const catalog_entry& collection,
                      bound_values& values) {
  const auto records = records_table(collection.id);
  if (request.search.empty())
    return records;
  const auto& searched = collection.seen.declaration.search;
  if (searched.empty())
    refuse("collection '" + request.collection + "' has no searched fields");
  const auto tree = read_search(request.search, searched);
  if (!tree)
    throw storage_error{tree.error()};
  const auto search = search_table(collection.id);
  return "(SELECT rowid AS found, troupe_score(" + search + ", " + values.add(search_shape(*tree))
         + ") AS score FROM " + search + " WHERE " + search + " MATCH "
         + values.add(match_expression(*tree)) + ") CROSS JOIN " + records + " ON place = found";
}

} // namespace

record_select select_of(const query_records& request, const catalog_entry& collection) {
  record_select x;
  const auto keys = order_of(request);
  x.keys = keys.size();
  std::string columns = record_columns;
  std::string order;
  for (const auto& key : keys) {
    x.times.push_back(key.time);
    columns += ", " + key.sql;
    order += (order.empty() ? "" : ", ") + key.sql + (key.descending ? " DESC" : "");
  }
  x.rows = "SELECT " + columns + " FROM " + source_of(request, collection, x.row_values) + " WHERE "
           + condition_of(request.filter, x.row_values);
  if (!request.after.empty())
    x.rows += " AND (" + after_place(keys, request.after, x.row_values) + ")";
  x.rows += " ORDER BY " + order;
  if (request.count)
    x.count = "SELECT count(*) FROM " + source_of(request, collection, x.count_values) + " WHERE "
              + condition_of(request.filter, x.count_values);
  return x;
}

} // namespace troupe::sqlite
