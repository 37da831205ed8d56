// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "gateway/problem.hpp"

namespace problem_test {

using namespace troupe;
using nlohmann::json;

namespace {

std::string header_of(const http_response& x, const std::string& name) {
  for (const auto& [key, value] : x.headers)
    if (key == name)
      return value;
  return {};
}

} // namespace

TEST_CASE("a refusal is a problem with a stable code, as RFC 9457 wants it") {
  auto x = problem({errc::unknown_record, "no record 'a' in collection 'notes'"});
  CHECK(x.status == 404);
  CHECK(header_of(x, "Content-Type") == "application/problem+json");
  auto body = json::parse(x.body);
  CHECK(body["type"] == "about:blank");
  CHECK(body["title"] == "Not Found");
  CHECK(body["status"] == 404);
  CHECK(body["code"] == "unknown_record");
  CHECK(body["detail"] == "no record 'a' in collection 'notes'");
}

TEST_CASE("each violation of a schema has its pointer") {
  auto x = problem({errc::invalid_record, "2 violations:\n/title: must be a string\n: required"});
  CHECK(x.status == 422);
  auto errors = json::parse(x.body)["errors"];
  REQUIRE(errors.size() == 2);
  CHECK(errors[0] == json{{"pointer", "/title"}, {"detail", "must be a string"}});
  CHECK(errors[1] == json{{"pointer", ""}, {"detail", "required"}});
}

TEST_CASE("what passes by itself says when to try again") {
  CHECK(header_of(problem({errc::overloaded, ""}), "Retry-After") == "1");
  CHECK(header_of(problem({errc::invalid_argument, ""}), "Retry-After").empty());
}

TEST_CASE("every code has a status of an error, and a text when it came without one") {
  for (int i = 1; i <= static_cast<int>(errc::too_costly); ++i) {
    auto x = problem({static_cast<errc>(i), ""});
    CAPTURE(i);
    CHECK(x.status >= 400);
    CHECK_FALSE(json::parse(x.body)["detail"].get<std::string>().empty());
  }
}

TEST_CASE("S2 a text that is no UTF-8 makes no broken problem") {
  CHECK(json::accept(problem({errc::invalid_argument, "\xff\x00 no text"}).body));
}

} // namespace problem_test
