// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/record_cursor.hpp"
#include "actors/record_query.hpp"
#include "messages/limits.hpp"

namespace record_query_test {

using namespace troupe;

namespace {
const field_predicate knows_all = [](std::string_view) { return true; };
}

TEST_CASE("a list is asked for with everything that its request says") {
  list_records x;
  x.collection = "notes";
  x.filter = "a = 1";
  x.sort = "-a";
  x.fields = "b";
  x.search = "word";
  x.count = true;
  x.cursor = write_cursor(x, {"1", "\"id\""}, 5);
  auto made = read_query(x, knows_all);
  REQUIRE(made);
  CHECK(made->fields == std::vector<std::string>{"b"});
  CHECK(made->query.collection == "notes");
  CHECK(made->query.filter.size() == 1);
  CHECK(made->query.sort == std::vector<sort_key>{{"a", true}});
  CHECK(made->query.search == "word");
  CHECK(made->query.after == std::vector<std::string>{"1", "\"id\""});
  CHECK(made->query.limit == limits::page_records_default);
  CHECK(made->query.count);
}

TEST_CASE("pages and searches have their limits") {
  list_records x;
  x.limit = limits::page_records_max;
  CHECK(read_query(x, knows_all));
  x.limit = limits::page_records_max + 1;
  CHECK_FALSE(read_query(x, knows_all));
  x.limit = 0;
  x.search = std::string(limits::query_bytes_max + 1, 'a');
  CHECK_FALSE(read_query(x, knows_all));
  x.search = "\xff";
  CHECK_FALSE(read_query(x, knows_all));
  x.search = std::string(1, '\0');
  CHECK_FALSE(read_query(x, knows_all));
}

TEST_CASE("only the named fields are left, in the order of the record") {
  const std::string whole = R"({"z":1,"a":{"b":2,"c":{"d":3}},"e":[1],"f":null})";
  CHECK(only_fields(whole, {"e", "z"}) == R"({"z":1,"e":[1]})");
  CHECK(only_fields(whole, {"a.c.d"}) == R"({"a":{"c":{"d":3}}})");
  CHECK(only_fields(whole, {"a.c", "a"}) == R"({"a":{"b":2,"c":{"d":3}}})");
  CHECK(only_fields(whole, {"f", "e.x", "nothing"}) == R"({"f":null})");
  CHECK(only_fields("{}", {"a"}) == "{}");
  CHECK(only_fields(R"({"a.b":1,"a":{"b":2,"c.d":3}})", {"`a.b`"}) == R"({"a.b":1})");
  CHECK(only_fields(R"({"a.b":1,"a":{"b":2,"c.d":3}})", {"a.`c.d`"}) == R"({"a":{"c.d":3}})");
}

} // namespace record_query_test
