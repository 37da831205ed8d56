// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/record_cursor.hpp"
#include "messages/limits.hpp"

namespace record_cursor_test {

using namespace troupe;

namespace {

list_records some_query() {
  list_records query;
  query.collection = "notes";
  query.filter = "a = 1";
  query.sort = "-a";
  return query;
}

const std::vector<std::string> last{"7", "\"x\"", "\"some-id\""};

error refusal_of(const list_records& query) {
  auto read = read_cursor(query);
  REQUIRE_FALSE(read);
  return read.error();
}

} // namespace

TEST_CASE("a cursor brings back where the page ended, for the same query") {
  auto query = some_query();
  query.cursor = write_cursor(query, last, 5);
  query.limit = 5; // the pages may be of different sizes
  query.fields = "a";
  CHECK(read_cursor(query)->values == last);
  CHECK(read_cursor(query)->generation == 5);
  query.cursor.clear();
  CHECK(read_cursor(query)->values.empty());
}

TEST_CASE("a cursor of another query is refused") {
  const auto cursor = write_cursor(some_query(), last, 5);
  for (auto list_records::*part : {&list_records::collection, &list_records::filter,
                                   &list_records::sort, &list_records::search}) {
    auto other = some_query();
    other.*part = "b";
    other.cursor = cursor;
    CHECK(refusal_of(other)
          == error{errc::invalid_argument,
                   "the cursor belongs to another query; begin again without one"});
  }
}

TEST_CASE("S2: whatever a client makes of a cursor is refused or harmless") {
  auto query = some_query();
  const auto good = write_cursor(query, last, 5);
  for (std::size_t i = 0; i < good.size(); ++i) {
    query.cursor = good.substr(0, i) + (good[i] == 'A' ? 'B' : 'A') + good.substr(i + 1);
    if (auto read = read_cursor(query))
      CHECK(read->values.size() == last.size());
    query.cursor = good.substr(0, i);
    if (i > 0)
      CHECK_FALSE(read_cursor(query));
  }
  query.cursor = good + "=";
  CHECK_FALSE(read_cursor(query));
  query.cursor = "!";
  CHECK_FALSE(read_cursor(query));
  query.cursor = std::string(limits::cursor_bytes_max + 1, 'A');
  CHECK(refusal_of(query).text.starts_with("a cursor has at most"));
  query.cursor = base64url(std::string(10'000, '['));
  CHECK_FALSE(read_cursor(query));
}

TEST_CASE("S2: the values of a cursor are JSON scalars, as many as a sort order has") {
  auto query = some_query();
  query.cursor = write_cursor(query, {"[1]"}, 5);
  CHECK_FALSE(read_cursor(query));
  query.cursor = write_cursor(query, {"x"}, 5);
  CHECK_FALSE(read_cursor(query));
  query.cursor = write_cursor(query, {}, 5);
  CHECK_FALSE(read_cursor(query));
  query.cursor = write_cursor(query, std::vector<std::string>(limits::sort_keys_max + 3, "1"), 5);
  CHECK_FALSE(read_cursor(query));
}

TEST_CASE("base64url comes back as it was, and refuses what it would not write") {
  for (const std::string bytes : {"", "f", "fo", "foo", "foob", "\xff\xfe\xfd"}) {
    CHECK(*read_base64url(base64url(bytes)) == bytes);
  }
  CHECK(base64url("\xff\xfe\xfd") == "__79");
  CHECK(base64url("f") == "Zg");
  CHECK_FALSE(read_base64url("Z"));
  CHECK_FALSE(read_base64url("Zh")); // bits that belong to nothing
  CHECK_FALSE(read_base64url("Z+"));
}

} // namespace record_cursor_test
