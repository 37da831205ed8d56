// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/route_rules.hpp"

namespace route_rules_test {

using namespace troupe;

namespace {

route_rules listing() {
  return route_rules{
    {http_method::get,
     "/v1/collections/{collection}/records",
     permission::records_read,
     {"records", "list_records", "", "filter sort limit count", "", "200:record_page", ""}}};
}

route_rules purging() {
  return route_rules{{http_method::post,
                      "/v1/queues/{queue}:purge",
                      permission::admin,
                      {"jobs", "purge_queue", "", "purge_limit", "", "200:purged", ""}}};
}

std::string refusal(const route_rules& rules, const std::string& query,
                    const std::string& body = {}) {
  http_request x;
  x.query = query;
  x.body = body;
  const auto read = rules.read(x);
  return read ? "" : read.error().text;
}

} // namespace

TEST_CASE("a route reads the parameters that it lists") {
  http_request x;
  x.query = "filter=a+%3D+1&limit=&count=true&&sort";
  const auto read = listing().read(x);
  REQUIRE(read);
  CHECK(read->at("filter") == "a = 1");
  CHECK(read->at("limit").empty());
  CHECK(read->contains("sort"));
  CHECK(read->size() == 4);
}

TEST_CASE("S2: a parameter that nobody reads is refused and the nearest one is named") {
  CHECK(refusal(listing(), "filtr=x")
        == "there is no parameter 'filtr' here; did you mean 'filter'?");
  CHECK(refusal(listing(), "Filter=x") != "");
  CHECK(refusal(listing(), "zzzzzz=x")
        == "there is no parameter 'zzzzzz' here; this takes filter, sort, limit, count");
  CHECK(refusal(purging(), "limt=1") == "there is no parameter 'limt' here; did you mean 'limit'?");
  CHECK(refusal(listing(), std::string(5000, 'x') + "=1").size() < 200);
}

TEST_CASE("S2: a parameter that is given twice is refused") {
  CHECK(refusal(listing(), "filter=a&filter=b") == "parameter 'filter' is given twice");
  CHECK(refusal(listing(), "filter=a&fil%74er=a") == "parameter 'filter' is given twice");
}

TEST_CASE("S2: a query that is not well encoded or no flag is refused") {
  CHECK(refusal(listing(), "filter=%") == "the query is not well encoded");
  CHECK(refusal(listing(), "%zz=1") == "the query is not well encoded");
  CHECK(refusal(listing(), "count=yes") == "parameter 'count' must be true or false");
}

TEST_CASE("S2: a body that nobody reads is refused") {
  CHECK(refusal(purging(), "", R"({"limit":1})") == "this takes no body");
  CHECK(refusal(purging(), "limit=1").empty());
}

TEST_CASE("a page takes whatever its scripts may read") {
  const route_rules page{{http_method::get,
                          "/site/{path}",
                          permission::open,
                          {"node", "get_site", "", "if_none_match", "", "200:file", "404"}}};
  CHECK(refusal(page, "album=1&album=2").empty());
}

} // namespace route_rules_test
