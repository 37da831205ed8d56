// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "apps/troupe/record_import.hpp"
#include "tests/support/temporary_folder.hpp"

namespace record_import_test {

using namespace troupe;

namespace {

import_state fresh() {
  return {"notes", "run", 0, 0, 0};
}

std::vector<import_batch> batches_of(const std::string& text, std::size_t batch_lines,
                                     const import_state& start = fresh()) {
  std::istringstream lines{text};
  lines.seekg(static_cast<std::streamoff>(start.offset));
  import_source source{lines, start, batch_lines};
  std::vector<import_batch> result;
  while (auto batch = source.next())
    result.push_back(std::move(*batch));
  return result;
}

import_batch batch_of(const std::string& text) {
  auto all = batches_of(text, 100);
  REQUIRE(all.size() == 1);
  return all.front();
}

using numbers = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("records with an id are put, others are created, as they stand in the file") {
  auto batch = batch_of("{\"id\": \"a\", \"n\": 1}\r\n\n  \n{\"n\":2}\n");
  REQUIRE(batch.changes.size() == 2);
  CHECK(batch.changes[0]
        == change_record{"notes", "a", record_verb::put, "{\"id\": \"a\", \"n\": 1}", {}, {}, {}});
  CHECK(batch.changes[1]
        == change_record{"notes", "", record_verb::create, "{\"n\":2}", {}, {}, {}});
  CHECK(batch.numbers == numbers{1, 4});
  CHECK(batch.last_line == 4);
  CHECK(batch.bad.empty());
}

TEST_CASE("a line that is no record is told by its number, and what is wrong") {
  auto batch = batch_of("{\"n\": }\n[1]\n{\"id\": 7}\n{\"id\": \"a b\"}\n{\"n\": 1}");
  CHECK(batch.numbers == numbers{5});
  REQUIRE(batch.bad.size() == 4);
  CHECK(batch.bad[0].number == 1);
  CHECK(batch.bad[0].text.find("no JSON: parse error at line 1, column 7") == 0);
  CHECK(batch.bad[1] == bad_line{2, "a JSON object is expected, not array"});
  CHECK(batch.bad[2].number == 3);
  CHECK(batch.bad[3].text.find("id must be") == 0);
}

TEST_CASE("batches end when they are full, and before an id that they have") {
  CHECK(batches_of("{}\n{}\n{}\n{}\n{}\n", 2).size() == 3);
  auto all = batches_of("{\"id\":\"a\"}\n{\"id\":\"b\"}\n{\"id\":\"a\"}\n", 100);
  REQUIRE(all.size() == 2);
  CHECK(all[0].numbers == numbers{1, 2});
  CHECK(all[1].numbers == numbers{3});
  auto large = "{\"text\":\"" + std::string(300'000, 'x') + "\"}\n";
  CHECK(batches_of(large + large + large, 100).size() == 3);
}

TEST_CASE("an import goes on after the lines that are done, in the same batches") {
  std::string text;
  for (int i = 1; i <= 20; ++i)
    text += "{\"n\":" + std::to_string(i) + "}\n";
  auto all = batches_of(text, 6);
  REQUIRE(all.size() == 4);
  import_state state{"notes", "run", all[1].last_line, all[1].end_offset, all[2].last_line};
  // Even if batches are smaller now: what may be done already is told by its key.
  auto rest = batches_of(text, 1, state);
  REQUIRE(rest.size() == 3);
  CHECK(rest[0].numbers == all[2].numbers);
  CHECK(idempotency_key_of(rest[0], "run") == idempotency_key_of(all[2], "run"));
  CHECK(rest[1].numbers == numbers{19});
  CHECK(rest[2].numbers == numbers{20});
}

TEST_CASE("a batch has a key of its own in each run, and for other lines") {
  auto one = batch_of("{\"n\":1}\n{\"n\":2}\n");
  auto other = batch_of("{\"n\":1}\n{\"n\":3}\n");
  auto key = idempotency_key_of(one, "run");
  CHECK(key == idempotency_key_of(one, "run"));
  CHECK(key != idempotency_key_of(one, "later"));
  CHECK(key != idempotency_key_of(other, "run"));
  CHECK(key.size() < 200);
  one.drop({{1, "refused"}});
  CHECK(one.numbers == numbers{2});
  CHECK(one.bad == std::vector<bad_line>{{1, "refused"}});
  CHECK(key != idempotency_key_of(one, "run"));
}

TEST_CASE("the state of an import is kept beside its file") {
  test::temporary_folder folder;
  auto file = state_file_of(folder.path() / "notes.ndjson");
  CHECK(file.filename() == "notes.ndjson.troupe-import");
  auto none = load_state(file);
  REQUIRE(none);
  CHECK_FALSE(*none);
  import_state state{"notes", "run", 500, 12'345, 1000};
  REQUIRE(save_state(file, state));
  state.line = 1000;
  REQUIRE(save_state(file, state));
  auto found = load_state(file);
  REQUIRE((found && *found));
  CHECK(**found == state);
  std::ofstream{file} << "{\"collection\": 1}";
  auto broken = load_state(file);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().text.find(file.string()) == 0);
  CHECK_FALSE(save_state(folder.path() / "missing" / "x", state));
}

} // namespace record_import_test
