// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "actors/json_equality.hpp"
#include "actors/json_patch.hpp"
#include "actors/record_cursor.hpp"

/// Other people's conformance suites: see tests/data/README.md.
namespace json_suites_test {

using namespace troupe;

namespace {

constexpr std::size_t plenty = 10'000'000;

std::string contents_of(const std::string& name) {
  std::ifstream file{std::string{TROUPE_SOURCE_DIR "/tests/data/"} + name};
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::size_t check_patches(const std::string& name) {
  const auto cases = json_value::parse(contents_of(name));
  std::size_t run = 0;
  for (const auto& x : cases) {
    if (!x.contains("patch") || !x.contains("doc") || x.value("disabled", false))
      continue;
    ++run;
    CAPTURE(x.dump());
    patch_work work;
    // A name may come twice in an operation there, which the parser of this test lets pass.
    const auto patched = json_patched(x["doc"], x["patch"], work);
    if (x.contains("error")) {
      CHECK_FALSE(patched);
      continue;
    }
    REQUIRE(patched);
    if (x.contains("expected"))
      CHECK(same_json(*patched, x["expected"]));
  }
  return run;
}

} // namespace

TEST_CASE("json-patch-tests: every case comes out as it says") {
  CHECK(check_patches("json-patch/tests.json") + check_patches("json-patch/spec_tests.json")
        >= 108);
}

TEST_CASE("JSONTestSuite: what must be refused is refused and the rest is taken") {
  // JSON that could not be given back as it came: a name twice, NUL characters, 1e-400's like.
  const std::set<std::string> refused_by_rule{
    "y_object_duplicated_key", "y_object_duplicated_key_and_value", "y_object_escaped_null_in_key",
    "y_string_null_escape"};
  std::istringstream lines{contents_of("json-parsing/cases.txt")};
  std::size_t taken = 0;
  std::size_t refused = 0;
  for (std::string name, text; lines >> name && std::getline(lines, text);) {
    CAPTURE(name);
    const auto bytes = read_base64url(text.substr(1));
    REQUIRE(bytes);
    const bool good = read_json(*bytes, plenty).has_value();
    if (name.starts_with("n_"))
      CHECK_FALSE(good);
    else if (name.starts_with("y_"))
      CHECK(good != refused_by_rule.contains(name));
    ++(good ? taken : refused);
  }
  CHECK(taken >= 91);
  CHECK(refused >= 190);
}

TEST_CASE("JSONTestSuite: 100000 open brackets are refused") {
  std::string objects;
  for (int i = 0; i < 50'000; ++i)
    objects += "[{\"\":";
  CHECK_FALSE(read_json(objects, plenty));
  CHECK_FALSE(read_json(std::string(100'000, '['), plenty));
}

} // namespace json_suites_test
