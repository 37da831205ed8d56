// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "actors/json_reader.hpp"
#include "messages/limits.hpp"

namespace json_reader_test {

using namespace troupe;

namespace {

constexpr std::size_t plenty = 1'000'000;

error refusal_of(std::string_view text) {
  auto read = read_json_object(text, plenty);
  REQUIRE_FALSE(read);
  return read.error();
}

std::string nested(std::size_t depth) {
  return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
}

} // namespace

TEST_CASE("JSON comes out as it came, compact and in its order") {
  auto read
    = read_json_object(" {\"z\" : [1, -2, 1.5, true, null], \"a\":{\"b\":\"\\u00e4\"} } ", plenty);
  REQUIRE(read);
  CHECK(json_text(*read) == "{\"z\":[1,-2,1.5,true,null],\"a\":{\"b\":\"\xc3\xa4\"}}");
}

TEST_CASE("the largest numbers of 64 bits are kept exactly") {
  auto read = read_json_object(R"({"a":18446744073709551615,"b":-9223372036854775808})", plenty);
  REQUIRE(read);
  CHECK(json_text(*read) == R"({"a":18446744073709551615,"b":-9223372036854775808})");
}

TEST_CASE("S2: numbers that cannot be kept are refused at their place") {
  CHECK(refusal_of(R"({"a":{"b":[1,18446744073709551616]}})").text
        == "/a/b/1: the integer 18446744073709551616 does not fit into 64 bits");
  CHECK(refusal_of(R"({"a":-9223372036854775809})").text.starts_with("/a: the integer"));
  CHECK(refusal_of(R"({"a":1e400})").text == "/a: a number is too large for a double");
  CHECK(refusal_of(R"({"a":1e-400})").text == "/a: the number 1e-400 is too small for a double");
  CHECK(refusal_of("{\"a\":0." + std::string(400, '0') + "1}").code == errc::invalid_argument);
  CHECK(read_json_object(R"({"a":0e-400,"b":0.000,"c":-0.0e9,"d":5e-324})", plenty));
  CHECK(refusal_of("{\"a\":1" + std::string(5000, '0') + "}").text.size() < 200);
}

TEST_CASE("S2: bytes that are no UTF-8, and NUL in any form, are refused") {
  CHECK(refusal_of("{\"a\":\"\xff\"}").text.starts_with("byte "));
  CHECK(refusal_of("{\"a\":\"\xed\xa0\x80\"}").code == errc::invalid_argument); // a surrogate
  CHECK(refusal_of("{\"a\":\"\\ud800\"}").code == errc::invalid_argument);
  CHECK(refusal_of("{\"a\":\"\xc0\x80\"}").code == errc::invalid_argument); // overlong
  CHECK(refusal_of(R"({"a":"x\u0000y"})").text == "/a: a NUL character in a text");
  CHECK(refusal_of(R"({"a\u0000b":1})").text == "/a: a NUL character in a name");
  CHECK(refusal_of(std::string_view{"{}\0{}", 5}).text == "byte 2: a NUL character");
}

TEST_CASE("S2: a name that comes twice in an object is refused, in two objects it is not") {
  CHECK(refusal_of(R"({"x":[{"a/b":1,"c":2,"a/b":3}]})").text == "/x/0/a~1b: the name comes twice");
  CHECK(refusal_of(R"({"a":1,"\u0061":2})").text == "/a: the name comes twice");
  CHECK(read_json_object(R"({"a":{"a":{"a":1}},"b":{"a":1}})", plenty));
}

TEST_CASE("S2: JSON may be nested as deep as the limit says, and no deeper") {
  CHECK(read_json_object(nested(limits::json_depth_max), plenty));
  CHECK(refusal_of(nested(limits::json_depth_max + 1)).text.ends_with("nested deeper than 64"));
  CHECK(refusal_of("{\"a\":" + std::string(500'000, '[')).text.size() < 500);
}

TEST_CASE("S2: a text may have so many values and so many bytes") {
  std::string many = "{\"a\":[0";
  for (std::size_t i = 0; i < json_values_max; ++i)
    many += ",0";
  CHECK(refusal_of(many + "]}").text.find("more than 20000 values") != std::string::npos);
  auto read = read_json("{\"a\":1}", 6);
  REQUIRE_FALSE(read);
  CHECK(read.error()
        == error{errc::payload_too_large, "the JSON has 7 bytes, at most 6 are "
                                          "allowed"});
  CHECK(read_json("{\"a\":1}", 7));
}

TEST_CASE("what is no JSON is refused with the byte, and what is no object by name") {
  CHECK(refusal_of("{\"a\":}").text.starts_with("byte 5: "));
  CHECK(refusal_of("").text.starts_with("byte "));
  CHECK(refusal_of("{} x").code == errc::invalid_argument);
  CHECK(refusal_of("{'a':1}").code == errc::invalid_argument);
  CHECK(refusal_of("{\"a\":01}").code == errc::invalid_argument);
  CHECK(refusal_of("{\"a\":NaN}").code == errc::invalid_argument);
  CHECK(refusal_of("{/* no */}").code == errc::invalid_argument);
  CHECK(refusal_of("[1]").text == "the JSON must be an object, not array");
  CHECK(refusal_of("7").text == "the JSON must be an object, not number");
}

TEST_CASE("depth and number of values are counted with containers") {
  CHECK(json_depth(*read_json("1", plenty)) == 0);
  CHECK(json_depth(*read_json("{\"a\":[]}", plenty)) == 2);
  CHECK(json_values(*read_json("{\"a\":[1,2]}", plenty)) == 4);
}

TEST_CASE("steps of JSON pointers are escaped") {
  CHECK(pointer_step("a/b~c") == "a~1b~0c");
}

} // namespace json_reader_test
