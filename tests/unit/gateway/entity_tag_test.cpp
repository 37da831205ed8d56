// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/entity_tag.hpp"

namespace entity_tag_test {

using namespace troupe;

TEST_CASE("the tag of a record is its version, in quotes") {
  CHECK(entity_tag(42) == "\"42\"");
}

TEST_CASE("the tag of some fields differs from that of all, and from that of others") {
  CHECK(entity_tag(42, "title") != entity_tag(42));
  CHECK(entity_tag(42, "title") != entity_tag(42, "body"));
  CHECK(entity_tag(42, "title") == entity_tag(42, "title"));
}

TEST_CASE("R3 If-Match names the version that a write is for, by whatever tag it was read") {
  CHECK(*parse_write_condition("\"42\"", "") == write_condition{condition_kind::version, 42});
  CHECK(*parse_write_condition(entity_tag(42, "title"), "")
        == write_condition{condition_kind::version, 42});
}

TEST_CASE("R3 a star asks that there be a record, or none") {
  CHECK(*parse_write_condition("*", "") == write_condition{condition_kind::present, 0});
  CHECK(*parse_write_condition("", "*") == write_condition{condition_kind::absent, 0});
  CHECK(*parse_write_condition("", "") == write_condition{});
}

TEST_CASE("R3 a tag that is weak, or no tag of ours, never lets a write through") {
  const auto tag
    = GENERATE(as<std::string>{}, "W/\"42\"", "\"abc\"", "\"\"", "\"0\"", "\"42x\"", "\"-1\"");
  CAPTURE(tag);
  auto condition = parse_write_condition(tag, "");
  REQUIRE(condition);
  CHECK(condition->kind == condition_kind::version);
  CHECK_FALSE(holds(*condition, 42));
  CHECK_FALSE(holds(*condition, 0));
}

TEST_CASE("S2 conditions that are malformed are refused") {
  CHECK_FALSE(parse_write_condition("42", ""));
  CHECK_FALSE(parse_write_condition("\"42", ""));
  CHECK_FALSE(parse_write_condition("\"1\", \"2\"", ""));
  CHECK_FALSE(parse_write_condition("", "\"42\""));
  CHECK_FALSE(parse_write_condition("\"42\"", "*"));
}

TEST_CASE("If-None-Match compares weakly, against any tag of its list") {
  CHECK(names_tag("\"42\"", "\"42\""));
  CHECK(names_tag("\"1\", W/\"42\"", "\"42\""));
  CHECK(names_tag("*", "\"42\""));
  CHECK_FALSE(names_tag("\"41\"", "\"42\""));
  CHECK_FALSE(names_tag("42", "\"42\""));
}

} // namespace entity_tag_test
