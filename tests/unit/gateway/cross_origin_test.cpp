// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/answer_dress.hpp"
#include "gateway/cross_origin.hpp"
#include "gateway/cross_site.hpp"
#include "gateway/media_type.hpp"

namespace cross_origin_test {

using namespace troupe;

namespace {

const std::vector<std::string> origins{"https://app.example"};

http_request request_of(http_method method, const std::string& origin) {
  http_request x;
  x.method = method;
  x.headers["host"] = "troupe.example";
  x.headers["origin"] = origin;
  return x;
}

std::string header(const http_response& x, std::string_view name) {
  for (const auto& [key, value] : x.headers)
    if (key == name)
      return value;
  return {};
}

http_response dressed(const http_request& request, http_response x) {
  dress(request, x, true, origins);
  return x;
}

} // namespace

TEST_CASE("a page of a named origin reads answers and what their headers say") {
  const auto x = dressed(request_of(http_method::get, "https://app.example"), {});
  CHECK(header(x, "Access-Control-Allow-Origin") == "https://app.example");
  CHECK(header(x, "Access-Control-Expose-Headers").starts_with("ETag, Location"));
  CHECK(header(x, "Access-Control-Allow-Credentials").empty());
  CHECK(header(x, "Vary") == "Origin");
}

TEST_CASE("S2 a page of any other origin reads nothing") {
  const auto origin
    = GENERATE(as<std::string>{}, "https://app.example.bad", "http://app.example", "null", "*", "");
  const auto x = dressed(request_of(http_method::get, origin), {});
  CHECK(header(x, "Access-Control-Allow-Origin").empty());
  CHECK(header(x, "Vary") == "Origin"); // what a cache keeps is for others, too
  CHECK_FALSE(is_preflight(request_of(http_method::options, origin), origins));
  CHECK(is_cross_site_change(request_of(http_method::post, origin), origins) == !origin.empty());
}

TEST_CASE("a page of a named origin may change things when its browser has asked") {
  auto asked = request_of(http_method::options, "https://app.example");
  CHECK_FALSE(is_preflight(asked, origins));
  asked.headers["access-control-request-method"] = "PUT";
  CHECK(is_preflight(asked, origins));
  CHECK_FALSE(is_preflight(asked, {}));
  const auto x = preflight_response("GET, PUT");
  CHECK(x.status == 204);
  CHECK(header(x, "Access-Control-Allow-Methods") == "GET, PUT");
  CHECK(header(x, "Access-Control-Allow-Headers").find("If-Match") != std::string::npos);
  auto change = request_of(http_method::put, "https://app.example");
  change.headers["sec-fetch-site"] = "cross-site";
  CHECK_FALSE(is_cross_site_change(change, origins));
  CHECK(is_cross_site_change(change, {}));
}

TEST_CASE("S2 answers are not kept and their types not guessed unless they say so") {
  const auto x = dressed({}, {200, {}, "x"});
  CHECK(header(x, "X-Content-Type-Options") == "nosniff");
  CHECK(header(x, "Cache-Control") == "no-store");
  const auto own = dressed({}, {200, {{"Cache-Control", "private, no-cache"}}, "x"});
  CHECK(header(own, "Cache-Control") == "private, no-cache");
}

TEST_CASE("types of bodies are the same in any letters") {
  http_request x;
  x.method = http_method::post;
  x.headers["content-type"] = "Application/JSON ; charset=utf-8";
  CHECK(media_type(x) == "application/json");
  CHECK_FALSE(wrong_content(x, "record"));
  CHECK_FALSE(wrong_content(x, "record_patch"));
  x.headers["content-type"] = "text/plain";
  CHECK(wrong_content(x, "record")->status == 415);
  CHECK(wrong_content(x, "record_patch")->status == 415);
  CHECK_FALSE(wrong_content(x, "new_jobs"));
  x.headers["content-encoding"] = "br";
  CHECK(wrong_content(x, "new_jobs")->status == 415);
}

} // namespace cross_origin_test
