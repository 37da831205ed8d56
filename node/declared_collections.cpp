// SPDX-License-Identifier: Apache-2.0
#include "node/declared_collections.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/record_schema.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

// Of a broken record, what a line of an error may say.
constexpr std::size_t violations_told = 3;

error broken(const std::string& collection, const std::string& id,
             const std::vector<std::string>& violations) {
  std::string text = "collection '" + collection + "': its schema has changed, and the record '"
                     + id + "' breaks it";
  for (std::size_t i = 0; i < std::min(violations.size(), violations_told); ++i)
    text.append(i == 0 ? ": " : "; ").append(violations[i]);
  return {errc::config_invalid, text + "; change the record or the schema"};
}

/// Checks every record of a collection.
result<void> check_records(storage_reader& reader, const collection_settings& collection) {
  auto schema = record_schema::compile(collection.schema);
  if (!schema)
    return tl::unexpected<error>{schema.error()};
  query_records query{.collection = collection.name,
                      .filter = {},
                      .search = {},
                      .sort = {},
                      .after = {},
                      .limit = limits::page_records_max};
  do {
    auto page = reader.select(query);
    if (!page)
      return tl::unexpected<error>{page.error()};
    for (const auto& x : page->records)
      if (auto violations = schema->violations(read_own_json(x.fields), x.id); !violations.empty())
        return tl::unexpected<error>{broken(collection.name, x.id, violations)};
    query.after = std::move(page->last);
  } while (!query.after.empty());
  return {};
}

result<void> check_changed_schemas(storage_reader& reader,
                                   const std::vector<collection_settings>& collections) {
  auto stored = reader.collections({});
  if (!stored)
    return tl::unexpected<error>{stored.error()};
  for (const auto& collection : collections) {
    auto known = std::find_if(stored->collections.begin(), stored->collections.end(),
                              [&](auto& x) { return x.declaration.name == collection.name; });
    if (known == stored->collections.end() || known->records == 0 || collection.schema.empty()
        || known->declaration.schema == collection.schema)
      continue;
    spdlog::info("collection '{}': its schema has changed, checking {} records", collection.name,
                 known->records);
    if (auto checked = check_records(reader, collection); !checked)
      return checked;
  }
  return {};
}

} // namespace

result<void> declare(storage_engine& store, const std::vector<collection_settings>& collections) {
  {
    auto reader = store.open_reader();
    if (!reader)
      return tl::unexpected<error>{reader.error()};
    if (auto checked = check_changed_schemas(**reader, collections); !checked)
      return checked;
  }
  declare_collections request;
  for (const auto& collection : collections)
    request.collections.push_back(collection.declaration());
  return store.transact(durability::machine,
                        [&](storage_transaction& transaction) { transaction.declare(request); });
}

} // namespace troupe
