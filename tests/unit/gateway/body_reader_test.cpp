// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/body_reader.hpp"
#include "gateway/text_encoding.hpp"

namespace body_reader_test {

using namespace troupe;

namespace {

body_reader reader_of(std::string body) {
  http_request request;
  request.body = std::move(body);
  return body_reader{request};
}

} // namespace

TEST_CASE("a body's members are taken one by one") {
  auto body = reader_of(R"({"a": "text", "b": 7, "c": true, "d": "12", "e": {"x": 1}})");
  CHECK(body.text("a", true) == "text");
  CHECK(body.number("b", 0, 7) == 7);
  CHECK(body.flag("c"));
  CHECK(body.id("d") == 12);
  CHECK(body.bytes("e") == R"({"x":1})");
  CHECK(body.text("missing", false).empty());
  CHECK(body.number("missing", 5, 9) == 5);
  CHECK_FALSE(body.flag("missing"));
  CHECK(body.bytes("missing").empty());
  CHECK_FALSE(body.finish());
}

TEST_CASE("an empty body stands for an empty object") {
  auto body = reader_of("");
  CHECK_FALSE(body.finish());
}

TEST_CASE("bytes come as a text or in base64, not as both") {
  auto text = reader_of(R"({"x": "plain"})");
  CHECK(text.bytes("x") == "plain");
  auto encoded = reader_of(R"({"x_base64": "AP8="})");
  CHECK(encoded.bytes("x") == std::string{"\0\xff", 2});
  CHECK_FALSE(encoded.finish());
  auto both = reader_of(R"({"x": "a", "x_base64": "AP8="})");
  both.bytes("x");
  CHECK(both.finish());
  auto wrong = reader_of(R"({"x_base64": "A"})");
  wrong.bytes("x");
  CHECK(wrong.finish());
}

TEST_CASE("what is wrong in a body is named, the first thing of all") {
  auto unknown = reader_of(R"({"colour": "red"})");
  REQUIRE(unknown.finish());
  CHECK(unknown.finish()->text.find("'colour'") != std::string::npos);

  auto two = reader_of(R"({"a": 1, "b": "x"})");
  two.text("a", true);
  two.number("b", 0, 10);
  REQUIRE(two.finish());
  CHECK(two.finish()->text.find("'a'") != std::string::npos);

  for (const auto* text :
       {"[]", "1", "{", "null", R"({"n": -1})", R"({"n": 11})", R"({"n": 1.5})", R"({"n": "1"})"}) {
    CAPTURE(text);
    auto body = reader_of(text);
    body.number("n", 0, 10);
    CHECK(body.finish());
  }
  for (const auto* text : {"{}", R"({"id": "x"})", R"({"id": ""})", R"({"id": -1})",
                           R"({"id": "18446744073709551616"})"}) {
    CAPTURE(text);
    auto body = reader_of(text);
    body.id("id");
    CHECK(body.finish());
  }
}

TEST_CASE("base64 is decoded as it was encoded, and refused if it is malformed") {
  std::string bytes;
  for (int i = 0; i < 10; ++i) {
    CHECK(base64_decode(base64(bytes)) == bytes);
    bytes += static_cast<char>(250 + i);
  }
  for (const auto* text : {"A", "AB", "ABC", "A===", "====", "AB=C", "AB C", "A*=="}) {
    CAPTURE(text);
    CHECK_FALSE(base64_decode(text));
  }
}

} // namespace body_reader_test
