// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>

#include "node/declared_collections.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "tests/support/temporary_folder.hpp"

namespace declared_collections_test {

using namespace troupe;

namespace {

constexpr auto text_title = R"({"properties": {"title": {"type": "string"}}})";
constexpr auto title_required = R"({"required": ["title"]})";

/// A database with the collection `notes`.
class stage {
public:
  stage() {
    auto opened = open_sqlite_store({.path = folder_.path() / "test.db"});
    REQUIRE(opened);
    store = std::move(*opened);
    REQUIRE(declare(*store, notes(text_title)));
  }

  static std::vector<collection_settings> notes(const std::string& schema) {
    collection_settings x;
    x.name = "notes";
    x.schema = schema;
    return {x};
  }

  void put(const std::string& id, const std::string& fields) {
    write_records request;
    request.writes.push_back({"notes", id, false, fields, {}, claimed(shard_of("notes", id)), 0});
    records_written answer;
    REQUIRE(store->transact(durability::process,
                            [&](auto& transaction) { answer = transaction.write(request); }));
    REQUIRE(answer.results.front().code == 0);
  }

  collection_declaration stored() {
    auto reader = store->open_reader();
    REQUIRE(reader);
    auto read = (*reader)->collections({});
    REQUIRE(read);
    REQUIRE(read->collections.size() == 1);
    return read->collections.front().declaration;
  }

  std::unique_ptr<storage_engine> store;

private:
  std::uint64_t claimed(std::uint32_t shard) {
    shards_stored answer;
    REQUIRE(store->transact(durability::process, [&](auto& transaction) {
      answer = transaction.claim({{"a", 1, 1}, {shard}});
    }));
    return answer.shards.front().epoch;
  }

  test::temporary_folder folder_;
};

} // namespace

TEST_CASE("a declared collection is known to the database with all that it needs") {
  stage here;
  auto wanted = stage::notes(title_required);
  wanted.front().indexes = {"title"};
  wanted.front().search = {"title", "body"};

  REQUIRE(declare(*here.store, wanted));

  CHECK(here.stored() == wanted.front().declaration());
}

TEST_CASE("a changed schema that every record obeys takes the place of the old one") {
  stage here;
  here.put("a", R"({"title":"Bread"})");

  REQUIRE(declare(*here.store, stage::notes(title_required)));

  CHECK(here.stored().schema == title_required);
}

TEST_CASE("a changed schema that a record breaks is refused with the record and what is wrong") {
  stage here;
  // More than a page before it.
  for (int i = 0; i < 1200; ++i)
    here.put("a" + std::to_string(i), R"({"title":"Bread"})");
  here.put("b", R"({"body":"Flour"})");

  auto declared = declare(*here.store, stage::notes(title_required));

  REQUIRE_FALSE(declared);
  CHECK(declared.error().code == errc::config_invalid);
  CHECK(declared.error().text
        == "collection 'notes': its schema has changed, and the record 'b' breaks it: /title: is "
           "missing; change the record or the schema");
  CHECK(here.stored().schema == text_title);
}

TEST_CASE("records are not checked again under the schema that they were written under") {
  stage here;
  // Past the services that check records: only so the store can get one that breaks its schema.
  here.put("a", R"({"title":5})");

  CHECK(declare(*here.store, stage::notes(text_title)));
  CHECK_FALSE(declare(*here.store, stage::notes(std::string{text_title} + " ")));
}

TEST_CASE("a collection whose schema was taken away takes any object") {
  stage here;
  here.put("a", R"({"title":5})");

  CHECK(declare(*here.store, stage::notes("")));
}

} // namespace declared_collections_test
