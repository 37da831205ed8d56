// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/schema.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "tests/contract/fault_vfs.hpp"
#include "tests/contract/record_samples.hpp"
#include "tests/contract/samples.hpp"

namespace record_upgrade_test {

using namespace troupe;
using namespace troupe::test;

namespace {

names found(record_driver& store, const std::string& words) {
  return ids_of(store.select({"notes", {}, words, {{"id", false}}, {}, 100, false}).records);
}

} // namespace

TEST_CASE("a database of jobs alone is brought up to date, and keeps its jobs") {
  sqlite_engine engine;
  driver{engine.store()}.insert(id_of(1), {some("kept"), some("too")});
  const auto before = contents(engine.store());
  const auto path = engine.path();
  {
    // What the later steps of the schema make is taken away: the first is left.
    SQLite::Database file{path.string(), SQLite::OPEN_READWRITE};
    for (const auto* table :
         {"idempotency_results", "idempotency_keys", "key_shards", "collection_fields",
          "collections", "tokens", "token_revision", "job_tags", "database_generation"})
      file.exec(std::string{"DROP TABLE "} + table);
    for (const auto* column : {"tags", "trace_parent"})
      file.exec(std::string{"ALTER TABLE jobs DROP COLUMN "} + column);
    file.exec("ALTER TABLE queues DROP COLUMN paused");
    for (const auto* column : {"worker", "cancel"})
      file.exec(std::string{"ALTER TABLE leases DROP COLUMN "} + column);
    file.exec("DROP INDEX nodes_seen");
    file.exec("ALTER TABLE nodes DROP COLUMN seen_at");
    file.exec("PRAGMA user_version = 1");
  }

  engine.reopen();

  CHECK(contents(engine.store()) == before);
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  store.must_write(put("a", "{}"));
  SQLite::Database file{path.string()};
  CHECK(file.execAndGet("PRAGMA user_version").getInt() == sqlite::schema_version);
}

TEST_CASE("a changed declaration brings indexes and searched words of old records up to date") {
  sqlite_engine engine;
  record_driver store{engine.store()};
  store.declare({{"notes", {"n"}, {"title"}, "", {}}});
  store.must_write(put("a", R"({"n":1,"title":"red apple","tags":["green","old pear"]})"));
  store.must_write(put("b", R"({"n":2,"title":"blue"})"));
  CHECK(found(store, "apple") == names{"a"});
  CHECK(found(store, "pear").empty());
  const auto indexes = [&engine] {
    SQLite::Database file{engine.path().string()};
    return file
      .execAndGet("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND sql LIKE "
                  "'%records_1%'")
      .getInt();
  };
  CHECK(indexes() == 1);

  store.declare({{"notes", {"x'y.z", "created_at"}, {"title", "tags"}, "", {}}});
  CHECK(found(store, "pear") == names{"a"});
  CHECK(found(store, "\"old pear\"") == names{"a"});
  CHECK(indexes() == 2);
  store.must_write(put("a", R"({"title":"plum"})"));
  CHECK(found(store, "pear").empty());
  CHECK(found(store, "pl*") == names{"a"});
  store.must_write(removal("a"));
  CHECK(found(store, "plum").empty());

  store.declare({plain("notes")});
  CHECK(indexes() == 0);
  CHECK(store.refusal({"notes", {}, "blue", {}, {}, 1, false}).code == errc::invalid_argument);
  CHECK(store.get("b").version == 2);
}

TEST_CASE("R1: whichever write or flush of a change of records fails, it happens wholly or not") {
  const auto code = GENERATE(SQLITE_IOERR_WRITE, SQLITE_FULL);
  const auto change = [](storage_transaction& tx) {
    auto hooked = put("p", "{\"text\":\"" + std::string(3000, 'p') + "\"}", {}, "people");
    hooked.hook_job = id_of(1);
    (void)tx.write({at(1), {put("b", "{}"), hooked, removal("a")}, "key", "print"});
  };
  fault_vfs faults;
  int failures = 0;
  bool failed = true;
  for (int n = 1; failed; ++n) {
    CAPTURE(code, n);
    temporary_folder folder;
    const auto path = folder.path() / "jobs.db";
    auto store = open_at(path);
    {
      record_driver records{*store};
      records.declare({plain("notes"), {"people", {"text"}, {"text"}, "", {"hired", "", ""}}});
      records.must_write(put("a", "{}"));
    }
    const auto before = record_contents_of(*store);

    faults.fail(n, code, true);
    const auto done = store->transact(durability::machine, change);
    failed = faults.failed();
    faults.heal();
    failures += failed;

    const auto whole = [&before](storage_engine& x) {
      const auto now = record_contents_of(x);
      const bool nothing = now == before && contents(x).empty();
      const bool all = now.records[0].size() == 1 && now.records[1].size() == 1
                       && now.changes[0].size() == 3 && contents(x).size() == 1;
      return nothing ? 0 : all ? 1 : -1;
    };
    REQUIRE((done.has_value() || failed));
    REQUIRE(whole(*store) == (done ? 1 : 0));
    store.reset();
    store = open_at(path);
    const auto reopened = whole(*store);
    REQUIRE((reopened == 1 || (!done && reopened == 0)));
  }
  CHECK(failures > 3);
}

} // namespace record_upgrade_test
