// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "actors/record_schema.hpp"

/// The test suite of json-schema.org, as it stands in tests/suites/json-schema.
namespace schema_suite_test {

using namespace troupe;

namespace {

struct suite_result {
  std::size_t right = 0;
  std::size_t refused = 0;
  std::set<std::string> refused_files; ///< with some group that is refused
  std::vector<std::string> wrong;
};

void run_group(const json_value& group, const std::string& file, const json_value& draft,
               schema_formats formats, suite_result& result) {
  auto schema = group.at("schema");
  if (schema.is_object() && !schema.contains("$schema"))
    schema["$schema"] = draft;
  const auto compiled = record_schema::compile_plain(schema, formats);
  if (!compiled) {
    result.refused += group.at("tests").size();
    result.refused_files.insert(file);
    return;
  }
  for (const auto& test : group.at("tests"))
    if (compiled->plain_violations(test.at("data")).empty() == test.at("valid").get<bool>())
      ++result.right;
    else
      result.wrong.push_back(file + ": " + group.at("description").get<std::string>() + ": "
                             + test.at("description").get<std::string>());
}

suite_result run_suite(const std::string& folder, const json_value& draft, schema_formats formats) {
  suite_result result;
  const std::filesystem::path place{TROUPE_SOURCE_DIR "/tests/suites/json-schema/" + folder};
  for (const auto& entry : std::filesystem::directory_iterator{place}) {
    std::ifstream stream{entry.path()};
    const auto groups = json_value::parse(stream);
    for (const auto& group : groups)
      run_group(group, entry.path().stem(), draft, formats, result);
  }
  return result;
}

const std::vector<std::string> nothing;
constexpr auto draft_2020_12 = "https://json-schema.org/draft/2020-12/schema";

} // namespace

TEST_CASE("of draft 7 all is right but references out of the schema, which are refused") {
  const auto found
    = run_suite("draft7", "http://json-schema.org/draft-07/schema#", schema_formats::noted);
  CHECK(found.wrong == nothing);
  CHECK(found.right == 900);
  CHECK(found.refused == 27);
  CHECK(found.refused_files == std::set<std::string>{"definitions", "ref", "refRemote"});
}

TEST_CASE("of 2019-09 nothing is wrong: references out of the schema and by the way are refused") {
  const auto found = run_suite("draft2019-09", "https://json-schema.org/draft/2019-09/schema",
                               schema_formats::noted);
  CHECK(found.wrong == nothing);
  CHECK(found.right == 1206);
  CHECK(found.refused == 53);
}

TEST_CASE("of 2020-12 nothing is wrong: references out of the schema and by the way are refused") {
  const auto found = run_suite("draft2020-12", draft_2020_12, schema_formats::noted);
  CHECK(found.wrong == nothing);
  CHECK(found.right == 1225);
  CHECK(found.refused == 74);
  CHECK(found.refused_files
        == std::set<std::string>{"defs", "dynamicRef", "ref", "refRemote", "unevaluatedItems",
                                 "unevaluatedProperties", "vocabulary"});
}

TEST_CASE("formats are asserted as the suite expects of those who assert them") {
  const auto found = run_suite("formats", draft_2020_12, schema_formats::asserted);
  CHECK(found.wrong == nothing);
  CHECK(found.refused == 0);
  CHECK(found.right == 511);
}

} // namespace schema_suite_test
