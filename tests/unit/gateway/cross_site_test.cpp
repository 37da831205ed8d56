// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/cross_site.hpp"

namespace cross_site_test {

using namespace troupe;

namespace {

http_request request_with(http_method method,
                          std::map<std::string, std::string, std::less<>> headers) {
  http_request x;
  x.method = method;
  for (const auto& [name, value] : headers)
    x.headers[name] = value;
  return x;
}

} // namespace

TEST_CASE("S2 a page of another site may change nothing") {
  using enum http_method;
  CHECK(is_cross_site_change(request_with(post, {{"sec-fetch-site", "cross-site"}})));
  CHECK(is_cross_site_change(request_with(remove, {{"sec-fetch-site", "same-site"}})));
  CHECK(is_cross_site_change(
    request_with(put, {{"origin", "https://bad.example"}, {"host", "127.0.0.1:8080"}})));
  CHECK(is_cross_site_change(
    request_with(patch, {{"origin", "http://127.0.0.1:9000"}, {"host", "127.0.0.1:8080"}})));
  CHECK(is_cross_site_change(request_with(post, {{"origin", "null"}, {"host", "null"}})));
}

TEST_CASE("the dashboard, the address bar and programs may change something") {
  using enum http_method;
  CHECK_FALSE(is_cross_site_change(request_with(post, {{"sec-fetch-site", "same-origin"}})));
  CHECK_FALSE(is_cross_site_change(request_with(post, {{"sec-fetch-site", "none"}})));
  CHECK_FALSE(is_cross_site_change(
    request_with(post, {{"origin", "http://127.0.0.1:8080"}, {"host", "127.0.0.1:8080"}})));
  CHECK_FALSE(is_cross_site_change(request_with(post, {{"host", "127.0.0.1:8080"}})));
}

TEST_CASE("anybody may link to what only reads") {
  using enum http_method;
  CHECK_FALSE(is_cross_site_change(request_with(get, {{"sec-fetch-site", "cross-site"}})));
  CHECK_FALSE(is_cross_site_change(request_with(options, {{"origin", "https://bad.example"}})));
}

} // namespace cross_site_test
