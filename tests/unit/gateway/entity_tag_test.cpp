// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/entity_tag.hpp"

namespace entity_tag_test {

using namespace troupe;

TEST_CASE("the tag of a record is its version, in quotes") {
  CHECK(entity_tag(42) == "\"42\"");
}

TEST_CASE("R3 the tag of a version in one database is none of another") {
  CHECK(record_tag(42, 0) == entity_tag(42));
  CHECK(record_tag(42, 0x5f3a) == "\"42-5f3a\"");
  CHECK(parse_write_condition(record_tag(42, 0x5f3a), "")->condition
        == write_condition{condition_kind::version, 42, 0x5f3a});
  CHECK(parse_write_condition("\"42-5f3a-gzip\"", "")->condition
        == write_condition{condition_kind::version, 42, 0x5f3a});
  CHECK_FALSE(names_tag(record_tag(42, 7), record_tag(42, 8)));
  CHECK(names_tag(record_tag(42, 7), record_tag(42, 7)));
}

TEST_CASE("the tag of some fields differs from that of all, and from that of others") {
  CHECK(entity_tag(42, "title") != entity_tag(42));
  CHECK(entity_tag(42, "title") != entity_tag(42, "body"));
  CHECK(entity_tag(42, "title") == entity_tag(42, "title"));
}

TEST_CASE("R3 If-Match names the version that a write is for, by whatever tag it was read") {
  for (const auto& tag : {std::string{"\"42\""}, entity_tag(42, "title"),
                          std::string{"\"42-gzip\""}, "W/\"1\", " + entity_tag(42)}) {
    CAPTURE(tag);
    CHECK(parse_write_condition(tag, "")->condition
          == write_condition{condition_kind::version, 42});
  }
}

TEST_CASE("R3 a star asks that there be a record, or none") {
  CHECK(parse_write_condition("*", "")->condition == write_condition{condition_kind::present, 0});
  CHECK(parse_write_condition("", "*")->condition == write_condition{condition_kind::absent, 0});
  CHECK(parse_write_condition("", "")->condition == write_condition{});
}

TEST_CASE("R3 of several tags any will do") {
  CHECK(parse_write_condition("\"1\", \"x\", W/\"3\",\"42-gzip\"", "")->versions
        == std::vector<std::uint64_t>{1, 42});
}

TEST_CASE("R3 a tag that is weak, or no tag of ours, never lets a write through") {
  const auto tag
    = GENERATE(as<std::string>{}, "W/\"42\"", "\"abc\"", "\"\"", "\"0\"", "\"42x\"", "\"-1\"");
  CAPTURE(tag);
  auto condition = parse_write_condition(tag, "");
  REQUIRE_FALSE(condition);
  CHECK(condition.error().code == errc::precondition_failed);
  CHECK((condition.error().text.find("weak") != std::string::npos) == tag.starts_with('W'));
}

TEST_CASE("S2 conditions that are malformed are refused") {
  for (const auto& [match, none] : std::vector<std::pair<std::string, std::string>>{
         {"42", ""}, {"\"42", ""}, {",", ""}, {"", "\"42\""}, {"\"42\"", "*"}}) {
    CAPTURE(match, none);
    auto condition = parse_write_condition(match, none);
    REQUIRE_FALSE(condition);
    CHECK(condition.error().code == errc::invalid_argument);
  }
}

TEST_CASE("If-Match of a read compares strongly, against any tag of its list") {
  CHECK(matches_tag("\"42\"", "\"42\""));
  CHECK(matches_tag("\"1\", \"42-gzip\"", "\"42\""));
  CHECK(matches_tag("*", "\"42\""));
  CHECK_FALSE(matches_tag("W/\"42\"", "\"42\""));
  CHECK_FALSE(matches_tag("\"41\"", "\"42\""));
}

TEST_CASE("If-None-Match compares weakly, against any tag of its list") {
  CHECK(names_tag("\"42\"", "\"42\""));
  CHECK(names_tag("\"1\", W/\"42\"", "\"42\""));
  CHECK(names_tag("*", "\"42\""));
  CHECK(names_tag("\"42-gzip\"", "\"42\""));
  CHECK_FALSE(names_tag("\"41\"", "\"42\""));
  CHECK_FALSE(names_tag("42", "\"42\""));
}

} // namespace entity_tag_test
