// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/record_filter.hpp"
#include "messages/limits.hpp"

namespace record_filter_test {

using namespace troupe;

namespace {

const field_predicate knows_all = [](std::string_view) { return true; };
const field_predicate knows_title = [](std::string_view x) { return x == "title" || x == "id"; };

// Postfix, as the store gets it: "a = 1; b = 2; both".
std::string shown(std::string_view text) {
  auto steps = read_filter(text, knows_all);
  if (!steps)
    return steps.error().text;
  static const std::vector<std::string> names{
    "?",      "=",        "!=",       "<",           "<=",           ">",
    ">=",     "in",       "has",      "starts_with", "exists",       "both",
    "either", "negation", "contains", "iequals",     "istarts_with", "icontains"};
  std::string result;
  for (const auto& x : *steps) {
    result += result.empty() ? "" : "; ";
    result += x.field.empty() ? "" : x.field + " ";
    result += names.at(static_cast<std::size_t>(x.what));
    for (const auto& value : x.values)
      result += " " + value;
  }
  return result;
}

errc code_of(std::string_view text) {
  auto steps = read_filter(text, knows_all);
  return steps ? errc::none : steps.error().code;
}

} // namespace

TEST_CASE("a filter becomes steps in postfix order") {
  CHECK(shown("").empty());
  CHECK(shown("  ").empty());
  CHECK(shown(R"(state = "ready" and size > 1000)") == R"(state = "ready"; size > 1000; both)");
  CHECK(shown("a=1 or b!=2 and c<=3") == "a = 1; b != 2; c <= 3; both; either");
  CHECK(shown("(a=1 or b!=2) and c>=3") == "a = 1; b != 2; either; c >= 3; both");
  CHECK(shown("not a=1 and b=2") == "a = 1; negation; b = 2; both");
  CHECK(shown("not not a=1") == "a = 1");
  CHECK(shown("not (a=1 and b=2)") == "a = 1; b = 2; both; negation");
  CHECK(shown(R"(tags has "x" and author.name ^= "Ma")")
        == R"(tags has "x"; author.name starts_with "Ma"; both)");
  CHECK(shown("exists a.b") == "a.b exists");
  CHECK(shown("a in (1, \"x\", null,true)") == "a in 1 \"x\" null true");
  CHECK(shown(R"(a starts_with "x\n\"")") == R"(a starts_with "x\n\"")");
  CHECK(shown("a = -1.5e3") == "a = -1500.0");
}

TEST_CASE("times of records are compared as the store writes them") {
  CHECK(shown(R"(created_at >= "2026-01-31T09:15:30+01:00")")
        == R"(created_at >= "2026-01-31T08:15:30.000000Z")");
  CHECK(shown(R"(updated_at in ("2026-01-31T08:15:30.1234567Z"))")
        == R"(updated_at in "2026-01-31T08:15:30.123456Z")");
  CHECK(shown(R"(created_at = "yesterday")").find("expected a time") != std::string::npos);
  CHECK(code_of("created_at > 7") == errc::invalid_argument);
  CHECK(code_of(R"(created_at ^= "2026-01-31T08:15:30Z")") == errc::invalid_argument);
  CHECK(code_of("version = \"7\"") == errc::invalid_argument);
  CHECK(code_of("version = 7") == errc::none);
  CHECK(code_of("id > 7") == errc::invalid_argument);
}

TEST_CASE("a filter's mistakes are told with their place and what was expected") {
  CHECK(shown("a")
        == "filter, byte 1: expected '=', '!=', '<', '<=', '>', '>=', 'in', 'has', "
           "'starts_with', '^=', 'contains', 'iequals', 'istarts_with' or 'icontains', found the "
           "end");
  CHECK(shown("a = ")
        == "filter, byte 4: expected a JSON text, number, true, false or null, found "
           "the end");
  CHECK(shown("a = b")
        == "filter, byte 4: expected a JSON text, number, true, false or null, "
           "found 'b'");
  CHECK(shown("(a = 1") == "filter, byte 6: expected 'and', 'or' or ')', found the end");
  CHECK(shown("a = 1)") == "filter, byte 5: expected 'and', 'or' or the end, found ')'");
  CHECK(shown("a = 1 b = 2") == "filter, byte 6: expected 'and', 'or' or the end, found 'b'");
  CHECK(shown("= 1") == "filter, byte 0: expected a field, 'not', 'exists' or '(', found '='");
  CHECK(shown("a = \"x") == "filter, byte 4: the text has no end: a '\"' is missing");
  CHECK(shown("a = \"x\\") == "filter, byte 4: the text has no end: a '\"' is missing");
  CHECK(shown("a = 'x'") == "filter, byte 4: a ''' is not expected here");
  CHECK(shown("a..b = 1") == "filter, byte 0: 'a..b' is no field: names with dots between");
  CHECK(shown("a in 1") == "filter, byte 5: expected '(', found '1'");
  CHECK(shown("a in ()")
        == "filter, byte 6: expected a JSON text, number, true, false or null, "
           "found ')'");
  CHECK(shown("a < true") == "filter, byte 4: expected a JSON text or number, found 'true'");
  CHECK(shown("a ^= 1") == "filter, byte 5: expected a JSON text, found '1'");
  CHECK(shown("a = 1e999").starts_with("filter, byte 4: this is no JSON number"));
  CHECK(shown("a = 1-1").starts_with("filter, byte 4: this is no JSON number"));
}

TEST_CASE("fields that the collection does not have are refused by name") {
  auto filter = read_filter("title = \"x\" and titel = \"y\"", knows_title);
  REQUIRE_FALSE(filter);
  CHECK(filter.error().text == "filter, byte 16: the collection has no field 'titel'");
  auto sort = read_sort("-title,size", knows_title);
  REQUIRE_FALSE(sort);
  CHECK(sort.error().text == "sort: the collection has no field 'size'");
  auto fields = read_fields("title,size", knows_title);
  REQUIRE_FALSE(fields);
  CHECK(fields.error().text == "fields: the collection has no field 'size'");
}

TEST_CASE("S2: no filter costs more than its limits allow") {
  CHECK(code_of(std::string(limits::query_bytes_max, '(')) == errc::invalid_argument);
  CHECK(code_of(std::string(limits::query_bytes_max + 1, ' ')) == errc::invalid_argument);
  std::string nots;
  for (int i = 0; i < 1000; ++i)
    nots += "not ";
  CHECK(code_of(nots + "a=1") == errc::none);
  CHECK(code_of(std::string(32, '(') + "a=1" + std::string(32, ')')) == errc::none);
  CHECK(code_of(std::string(33, '(') + "a=1" + std::string(33, ')')) == errc::invalid_argument);
  std::string steps = "a=1";
  for (int i = 0; i < 49; ++i)
    steps += " or a=1";
  CHECK(code_of(steps) == errc::none);
  CHECK(code_of(steps + " or a=1") == errc::invalid_argument);
}

TEST_CASE("S2: a filter is UTF-8 without NUL") {
  CHECK(code_of("a = \"\xff\"") == errc::invalid_argument);
  CHECK(code_of(std::string_view{"a = 1\0", 6}) == errc::invalid_argument);
  CHECK(code_of("a = \"\\u0000\"") == errc::invalid_argument);
  CHECK(shown("gr\xc3\xb6\xc3\x9f"
              "e = 1")
        == "gr\xc3\xb6\xc3\x9f"
           "e = 1");
}

TEST_CASE("a sort order is a list of fields, each up or down") {
  auto keys = read_sort("-created_at, title,+a.b", knows_all);
  REQUIRE(keys);
  CHECK(*keys == std::vector<sort_key>{{"created_at", true}, {"title", false}, {"a.b", false}});
  CHECK(read_sort("", knows_all)->empty());
  CHECK_FALSE(read_sort("a,,b", knows_all));
  CHECK_FALSE(read_sort("a,-a", knows_all));
  CHECK_FALSE(read_sort("a b", knows_all));
  CHECK_FALSE(read_sort("a,b,c,d,e,f,g,h,i", knows_all));
}

TEST_CASE("selected fields are a list of paths") {
  CHECK(*read_fields("title, author.name", knows_all)
        == std::vector<std::string>{"title", "author.name"});
  CHECK_FALSE(read_fields("title,", knows_all));
  CHECK_FALSE(read_fields("ti\"tle", knows_all));
}

TEST_CASE("texts are looked for inside of fields and whatever the case") {
  CHECK(shown(R"(a contains "x" and not b icontains "y")")
        == R"(a contains "x"; b icontains "y"; negation; both)");
  CHECK(shown(R"(a iequals "x" or id istarts_with "y")")
        == R"(a iequals "x"; id istarts_with "y"; either)");
  CHECK(code_of("a contains 7") == errc::invalid_argument);
  CHECK(code_of("a icontains null") == errc::invalid_argument);
  CHECK(code_of(R"(created_at contains "2026-01-31T08:15:30Z")") == errc::invalid_argument);
}

TEST_CASE("a name in backquotes is a name whatever stands in it") {
  CHECK(shown("`not` = 1") == "not = 1");
  CHECK(shown("not `not` = 1") == "not = 1; negation");
  CHECK(shown("exists `exists`") == "exists exists");
  CHECK(shown("`true` = true and `2fa` = 1") == "true = true; 2fa = 1; both");
  CHECK(shown("`a.b`.c = 1") == "`a.b`.c = 1");
  CHECK(shown("a.`b`.`c d` = 1") == "a.b.c d = 1");
  CHECK(shown("`a``b` = 1") == "`a``b` = 1");
  CHECK(shown("`in` in (1)") == "in in 1");
  for (const auto* wrong : {"`a = 1", "`` = 1", "a.`` = 1", "`a`b = 1", "`a\"` = 1", "`a\\` = 1"}) {
    CAPTURE(wrong);
    CHECK(code_of(wrong) == errc::invalid_argument);
  }
  CHECK(*read_sort("-`a.b`.c,`x,y`", knows_all)
        == std::vector<sort_key>{{"`a.b`.c", true}, {"x,y", false}});
  CHECK(*read_fields("`not`, `a.b`", knows_all) == std::vector<std::string>{"not", "`a.b`"});
}

} // namespace record_filter_test
