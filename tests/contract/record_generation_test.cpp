// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>

#include "persistence/sqlite/history_mark.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "tests/contract/record_samples.hpp"

namespace record_generation_test {

using namespace troupe;
using namespace troupe::test;

namespace {

database_generation generation_of(storage_engine& store) {
  return store.open_reader().value()->collections({})->generation;
}

void write_note(storage_engine& store, const std::string& fields) {
  record_driver{store}.must_write(put("a", fields));
}

} // namespace

TEST_CASE("a database keeps its generation over restarts and copies that lose nothing") {
  temporary_folder folder;
  const auto path = folder.path() / "a.db";
  auto store = open_at(path);
  record_driver{*store}.declare({plain("notes")});
  write_note(*store, "{}");
  const auto generation = generation_of(*store);
  CHECK(generation != 0);
  CHECK(generation < (std::uint64_t{1} << 53));
  store.reset();
  store = open_at(path);
  CHECK(generation_of(*store) == generation);
  store.reset();
  std::filesystem::copy_file(path, folder.path() / "copy.db");
  std::filesystem::remove(path);
  std::filesystem::copy_file(folder.path() / "copy.db", path);
  store = open_at(path);
  CHECK(generation_of(*store) == generation);
}

TEST_CASE(
  "R5: an older copy in the database's place is another generation and so is an empty one") {
  temporary_folder folder;
  const auto path = folder.path() / "a.db";
  const auto backup = folder.path() / "backup.db";
  auto store = open_at(path);
  record_driver{*store}.declare({plain("notes")});
  write_note(*store, R"({"n":1})");
  const auto first = generation_of(*store);
  store.reset();
  std::filesystem::copy_file(path, backup);
  store = open_at(path);
  write_note(*store, R"({"n":2})");
  store.reset();

  std::filesystem::copy_file(backup, path, std::filesystem::copy_options::overwrite_existing);
  store = open_at(path);
  const auto second = generation_of(*store);
  CHECK(second != first);
  write_note(*store, R"({"n":3})"); // has the version that another one had
  {
    record_driver driver{*store};
    auto reader = store->open_reader().value();
    CHECK(reader->changes({"notes", 2, 10, milliseconds{0}, first})->too_old);
    CHECK_FALSE(reader->changes({"notes", 2, 10, milliseconds{0}, second})->too_old);
    query_records query{"notes", {}, "", {}, {"\"\""}, 10, false};
    query.generation = first;
    CHECK(driver.refusal(query).code == errc::invalid_argument);
    const write_condition old{condition_kind::version, 2, first};
    CHECK(codes_of(driver.write({put("a", "{}", old)}))
          == codes{number(errc::precondition_failed)});
    const write_condition now{condition_kind::version, 2, second};
    CHECK(codes_of(driver.write({put("a", "{}", now)})) == codes{0});
  }
  store.reset();
  std::filesystem::remove(path);
  store = open_at(path);
  CHECK(generation_of(*store) != second);
  CHECK(generation_of(*store) != first);
}

TEST_CASE("a database whose mark is lost or damaged is another generation") {
  temporary_folder folder;
  const auto path = folder.path() / "a.db";
  auto store = open_at(path);
  auto last = generation_of(*store);
  for (const auto* content : {"", "xxxxxxxxxxxxxxxx xxxxxxxxxxxxxxxx\n"}) {
    store.reset();
    std::ofstream{path.string() + ".mark"} << content;
    store = open_at(path);
    CHECK(generation_of(*store) != last);
    last = generation_of(*store);
  }
}

TEST_CASE("a mark that is behind its database does no harm") {
  using place = sqlite::history_mark::place;
  CHECK(sqlite::goes_on(place{7, 5}, {7, 5}));
  CHECK(sqlite::goes_on(place{7, 4}, {7, 5}));
  CHECK_FALSE(sqlite::goes_on(place{7, 6}, {7, 5}));
  CHECK_FALSE(sqlite::goes_on(place{8, 5}, {7, 5}));
  CHECK_FALSE(sqlite::goes_on(std::nullopt, {7, 5}));
}

FOR_EACH_ENGINE("an idempotency key of one scope is none of another") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  const auto write_as = [&](const std::string& scope, const std::string& fields) {
    write_records request{at(1), {put("a", fields)}, "key", fields};
    request.idempotency_scope = scope;
    return store.write(request);
  };
  CHECK_FALSE(write_as("ann", R"({"n":1})").replayed);
  CHECK_FALSE(write_as("ben", R"({"n":2})").replayed);
  const auto again = write_as("ann", R"({"n":1})");
  CHECK(again.replayed);
  CHECK(again.results.at(0).after.fields == R"({"n":1})");
  CHECK(again.results.at(0).before.fields.empty());
  CHECK(write_as("ann", "{}").code == number(errc::idempotency_mismatch));
}

FOR_EACH_ENGINE(
  "the answers that idempotency keys of one scope keep are bounded and the oldest go") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  const auto fields = "{\"t\":\"" + std::string(1024 * 1024, 't') + "\"}";
  const auto write_under = [&](const std::string& scope, int key) {
    write_records request{at(key), {put("a", fields)}, "k" + std::to_string(key), "same"};
    request.idempotency_scope = scope;
    return store.write(request).replayed;
  };
  CHECK_FALSE(write_under("ben", 0));
  constexpr int most = limits::idempotency_bytes_max / (1024 * 1024);
  for (int i = 0; i < most; ++i)
    CHECK_FALSE(write_under("ann", i));
  CHECK(write_under("ann", most - 1));
  CHECK_FALSE(write_under("ann", 0)); // made room for the last ones
  CHECK(write_under("ben", 0));
}

} // namespace record_generation_test
