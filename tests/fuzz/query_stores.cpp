// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/query_stores.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "persistence/sqlite/sqlite_store.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/memory_reader.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/temporary_folder.hpp"

namespace troupe::fuzz {

namespace {

// clang-format off
const std::vector<std::pair<std::string, std::string>> records{
  {"a", R"({"n":1,"text":"one two three","more":"zwei","tags":["x",7,null],"a":{"b":2}})"},
  {"b", R"({"n":-2.5,"text":"One, TWO! one","tags":[],"a":{"b":"two"},"flag":true})"},
  {"c", R"({"n":null,"text":"京都と東京都 kyoto","tags":"x","a":7})"},
  {"d", R"({"n":12345678901234567890,"text":"","more":"one"})"},
  {"e", R"({"n":"1","text":"straße ÄÖÜ %_\\ 'quoted' \"deep\"","o'x":1,"a.b":3})"},
  {"f", R"({})"},
};
// clang-format on

template <class Work>
void must(storage_engine& store, Work work) {
  if (const auto done = store.transact(durability::process, work); !done)
    throw std::runtime_error{to_string(done.error())};
}

void fill(storage_engine& store) {
  declare_collections collections;
  collections.collections.push_back({"notes", {"n", "text"}, {"text", "more"}, "", {}});
  claim_shards shards{{"north", 1, 0}, {}};
  write_records writes;
  writes.now = timestamp{std::chrono::seconds{1'767'225'600}};
  for (const auto& [id, fields] : records) {
    shards.shards.push_back(shard_of("notes", id));
    writes.writes.push_back({"notes", id, false, fields, {}, 1, 0});
  }
  must(store, [&](storage_transaction& x) { x.declare(collections); });
  must(store, [&](storage_transaction& x) { x.claim(shards); });
  must(store, [&](storage_transaction& x) {
    for (const auto& each : x.write(writes).results)
      require(each.code == 0, "the records are written");
  });
}

struct filled_stores {
  test::temporary_folder folder;
  std::unique_ptr<storage_engine> sqlite_store;
  std::unique_ptr<storage_reader> sqlite;
  std::shared_ptr<test::memory_store::disk> disk = std::make_shared<test::memory_store::disk>();
  test::memory_store memory_store{disk};
  std::unique_ptr<storage_reader> memory;

  filled_stores() {
    auto opened = open_sqlite_store({folder.path() / "records.db"});
    if (!opened)
      throw std::runtime_error{to_string(opened.error())};
    sqlite_store = std::move(*opened);
    fill(*sqlite_store);
    fill(memory_store);
    sqlite = std::move(sqlite_store->open_reader().value());
    memory = test::make_memory_reader(disk);
  }
};

} // namespace

query_stores stores_to_query() {
  static const filled_stores stores;
  return {*stores.sqlite, *stores.memory};
}

void require_same_answer(const query_records& query) {
  const auto stores = stores_to_query();
  const auto found = stores.sqlite.select(query);
  const auto expected = stores.memory.select(query);
  if (!found || !expected) {
    require(!found && !expected, "both stores refuse it, or none does");
    require(found.error().code == expected.error().code, "both stores refuse it for the same");
    return;
  }
  require(found->records == expected->records, "both stores find the same records");
  require(found->last == expected->last && found->count == expected->count,
          "both stores say the same of what they have found");
}

} // namespace troupe::fuzz
