// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/content_coding.hpp"

namespace content_coding_test {

using namespace troupe;

namespace {

http_request request_with(const std::string& name, const std::string& value) {
  http_request x;
  x.headers[name] = value;
  return x;
}

http_response json_of(std::size_t bytes) {
  return {200,
          {{"Content-Type", "application/json"}, {"ETag", "\"42\""}},
          '"' + std::string(bytes, 'a') + '"'};
}

std::string header(const http_response& x, std::string_view name) {
  for (const auto& [key, value] : x.headers)
    if (key == name)
      return value;
  return {};
}

} // namespace

TEST_CASE("what is coded comes back as it was") {
  for (const std::size_t size : {0U, 1U, 1000U, 200'000U}) {
    std::string text(size, 'x');
    for (std::size_t i = 0; i < size; ++i)
      text[i] = static_cast<char>(i * i >> 3);
    CHECK(*gunzip(gzip(text), size) == text);
  }
}

TEST_CASE("S2 a body that would be too large is refused before it is decoded") {
  const auto bomb = gzip(std::string(50'000'000, '\0'));
  auto refused = gunzip(bomb, 1'000'000);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::payload_too_large);
}

TEST_CASE("S2 what is no gzip, or only a part, or more than one, is refused") {
  const auto whole = gzip("hello");
  for (const auto& text : {std::string{"hello"}, whole.substr(0, whole.size() - 1), whole + whole,
                           whole + "x", std::string{"\x1f\x8b", 2}}) {
    http_request x = request_with("content-encoding", "GZip");
    x.body = text;
    REQUIRE(decode_body(x, 1000));
    CHECK(decode_body(x, 1000)->code == errc::invalid_argument);
  }
}

TEST_CASE("a body is decoded as its coding says, and left as it is without one") {
  auto coded = request_with("content-encoding", "gzip");
  coded.body = gzip("hello");
  CHECK_FALSE(decode_body(coded, 5));
  CHECK(coded.body == "hello");
  auto plain = request_with("content-encoding", "identity");
  plain.body = "hello";
  CHECK_FALSE(decode_body(plain, 5));
  CHECK(plain.body == "hello");
  CHECK(is_known_coding(plain));
  CHECK_FALSE(is_known_coding(request_with("content-encoding", "br")));
  CHECK_FALSE(is_known_coding(request_with("content-encoding", "gzip, gzip")));
}

TEST_CASE("who takes gzip says so, with a quality that is not none") {
  for (const auto* text : {"gzip", "GZIP", "deflate, gzip;q=0.5", "br;q=1, *;q=0.1", "x-gzip", "*"})
    CHECK(accepts_gzip(text));
  for (const auto* text : {"", "br", "gzip;q=0", "gzip; q=0.000, *", "*;q=0", "gzipx", "gzip;q=x"})
    CHECK_FALSE(accepts_gzip(text));
}

TEST_CASE("a coded answer has a tag of its own, and says what it depends on") {
  auto x = json_of(5000);
  encode_body(request_with("accept-encoding", "gzip"), x);
  CHECK(header(x, "Content-Encoding") == "gzip");
  CHECK(header(x, "ETag") == "\"42-gzip\"");
  CHECK(header(x, "Vary") == "Accept-Encoding");
  CHECK(gunzip(x.body, 10'000)->size() == 5002);

  auto plain = json_of(5000);
  encode_body({}, plain);
  CHECK(header(plain, "ETag") == "\"42\"");
  CHECK(header(plain, "Vary") == "Accept-Encoding");
  CHECK(plain.body.size() == 5002);
}

TEST_CASE("what is small, no text, or coded already stays as it is") {
  const auto request = request_with("accept-encoding", "gzip");
  auto small = json_of(100);
  encode_body(request, small);
  CHECK(header(small, "Content-Encoding").empty());
  http_response image{200, {{"Content-Type", "image/webp"}}, std::string(5000, 'a')};
  encode_body(request, image);
  CHECK(image.body.size() == 5000);
  CHECK(header(image, "Vary").empty());
  auto coded = json_of(5000);
  coded.headers.emplace_back("Content-Encoding", "br");
  encode_body(request, coded);
  CHECK(coded.body.size() == 5002);
}

TEST_CASE("an answer without body has the tag of what its caller has") {
  http_response x{304, {{"ETag", "\"42\""}}, {}};
  encode_body(request_with("if-none-match", "\"41\", \"42-gzip\""), x);
  CHECK(header(x, "ETag") == "\"42-gzip\"");
  http_response plain{304, {{"ETag", "\"42\""}}, {}};
  encode_body(request_with("if-none-match", "\"42\""), plain);
  CHECK(header(plain, "ETag") == "\"42\"");
}

} // namespace content_coding_test
