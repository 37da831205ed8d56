// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "actors/json_patch.hpp"
#include "messages/limits.hpp"

namespace json_patch_test {

using namespace troupe;

namespace {

json_value json(std::string_view text) {
  auto read = read_json(text, 10'000'000);
  REQUIRE(read);
  return std::move(*read);
}

std::string merged(std::string_view target, std::string_view patch) {
  return json_text(merge_patched(json(target), json(patch)));
}

std::string patched(std::string_view target, std::string_view patch) {
  auto result = json_patched(json(target), json(patch));
  return result ? json_text(*result) : to_string(result.error());
}

error refusal_of(std::string_view target, std::string_view patch) {
  auto result = json_patched(json(target), json(patch));
  REQUIRE_FALSE(result);
  return result.error();
}

} // namespace

TEST_CASE("the examples of RFC 7396 come out as printed there") {
  CHECK(merged(R"({"a":"b"})", R"({"a":"c"})") == R"({"a":"c"})");
  CHECK(merged(R"({"a":"b"})", R"({"b":"c"})") == R"({"a":"b","b":"c"})");
  CHECK(merged(R"({"a":"b"})", R"({"a":null})") == R"({})");
  CHECK(merged(R"({"a":"b","b":"c"})", R"({"a":null})") == R"({"b":"c"})");
  CHECK(merged(R"({"a":["b"]})", R"({"a":"c"})") == R"({"a":"c"})");
  CHECK(merged(R"({"a":"c"})", R"({"a":["b"]})") == R"({"a":["b"]})");
  CHECK(merged(R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})") == R"({"a":{"b":"d"}})");
  CHECK(merged(R"({"a":[{"b":"c"}]})", R"({"a":[1]})") == R"({"a":[1]})");
  CHECK(merged(R"(["a","b"])", R"(["c","d"])") == R"(["c","d"])");
  CHECK(merged(R"({"a":"b"})", R"(["c"])") == R"(["c"])");
  CHECK(merged(R"({"a":"foo"})", R"(null)") == R"(null)");
  CHECK(merged(R"({"a":"foo"})", R"("bar")") == R"("bar")");
  CHECK(merged(R"({"e":null})", R"({"a":1})") == R"({"e":null,"a":1})");
  CHECK(merged(R"([1,2])", R"({"a":"b","c":null})") == R"({"a":"b"})");
  CHECK(merged(R"({})", R"({"a":{"bb":{"ccc":null}}})") == R"({"a":{"bb":{}}})");
}

TEST_CASE("a merge keeps the order of members and puts new ones last") {
  CHECK(merged(R"({"z":1,"a":2,"m":3})", R"({"n":4,"a":5,"b":6})")
        == R"({"z":1,"a":5,"m":3,"n":4,"b":6})");
}

TEST_CASE("each operation of a JSON Patch does what RFC 6902 says") {
  CHECK(patched(R"({"a":1})", R"([{"op":"add","path":"/b","value":2}])") == R"({"a":1,"b":2})");
  CHECK(patched(R"({"a":[1,3]})", R"([{"op":"add","path":"/a/1","value":2}])")
        == R"({"a":[1,2,3]})");
  CHECK(patched(R"({"a":[1]})", R"([{"op":"add","path":"/a/-","value":2}])") == R"({"a":[1,2]})");
  CHECK(patched(R"({"a":1,"b":2})", R"([{"op":"remove","path":"/a"}])") == R"({"b":2})");
  CHECK(patched(R"({"a":1})", R"([{"op":"replace","path":"/a","value":[]}])") == R"({"a":[]})");
  CHECK(patched(R"({"a":{"b":1}})", R"([{"op":"move","from":"/a/b","path":"/c"}])")
        == R"({"a":{},"c":1})");
  CHECK(patched(R"({"a":1})", R"([{"op":"copy","from":"/a","path":"/b"}])") == R"({"a":1,"b":1})");
  CHECK(
    patched(R"({"a":1})", R"([{"op":"test","path":"/a","value":1},{"op":"remove","path":"/a"}])")
    == R"({})");
  CHECK(patched(R"({"a":1})", "[]") == R"({"a":1})");
  CHECK(patched(R"({"a/b":{"m~n":1}})", R"([{"op":"remove","path":"/a~1b/m~0n"}])")
        == R"({"a/b":{}})");
}

TEST_CASE("a patch that does not fit the document says which operation and why") {
  CHECK(refusal_of(R"({"a":1})", R"([{"op":"test","path":"/a","value":2}])")
        == error{errc::patch_failed, "/0: the test failed"});
  CHECK(refusal_of(R"({"a":1})", R"([{"op":"test","path":"/b","value":2}])").code
        == errc::patch_failed);
  CHECK(refusal_of(R"({"a":1})", R"([{"op":"remove","path":"/b"}])").code == errc::patch_failed);
  CHECK(refusal_of(R"({"a":1})", R"([{"op":"replace","path":"/b","value":1}])").code
        == errc::patch_failed);
  CHECK(refusal_of(R"({"a":[]})", R"([{"op":"add","path":"/a/5","value":1}])").code
        == errc::patch_failed);
  CHECK(refusal_of(R"({"a":1})", R"([{"op":"add","path":"/x/y","value":1}])").code
        == errc::patch_failed);
  CHECK(refusal_of(R"({"a":1})", R"([{"op":"copy","from":"/b","path":"/c"}])")
        == error{errc::patch_failed, "/0: nothing is at '/b'"});
  CHECK(refusal_of(R"({"a":{}})", R"([{"op":"move","from":"/a","path":"/a/b"}])").code
        == errc::patch_failed);
  CHECK(refusal_of(R"({"a":1})", R"([{"op":"remove","path":""}])").code == errc::patch_failed);
}

TEST_CASE("what is no JSON Patch is malformed, whatever the document is") {
  for (const auto* patch :
       {R"({})", R"([1])", R"([{}])", R"([{"op":"add"}])", R"([{"op":"add","path":"/a"}])",
        R"([{"op":"add","path":7,"value":1}])", R"([{"op":"add","path":"a","value":1}])",
        R"([{"op":"add","path":"/a~2","value":1}])", R"([{"op":"jump","path":"/a"}])",
        R"([{"op":"copy","path":"/a"}])", R"([{"op":7,"path":"/a"}])"}) {
    CAPTURE(patch);
    CHECK(refusal_of(R"({"a":1})", patch).code == errc::invalid_argument);
  }
}

TEST_CASE("S2: a patch cannot make a document explode") {
  std::string doubling
    = "[{\"op\":\"add\",\"path\":\"/a\",\"value\":\"" + std::string(100'000, 'x') + "\"}";
  for (int i = 0; i < 60; ++i)
    doubling += ",{\"op\":\"copy\",\"from\":\"\",\"path\":\"/c" + std::to_string(i) + "\"}";
  CHECK(refusal_of("{}", doubling + "]").code == errc::payload_too_large);

  std::string deepening = "[{\"op\":\"add\",\"path\":\"/a\",\"value\":{}}";
  for (int i = 0; i < 100; ++i)
    deepening += ",{\"op\":\"copy\",\"from\":\"\",\"path\":\"/a\"}";
  auto deep = refusal_of("{}", deepening + "]");
  CHECK(deep.code == errc::patch_failed);
  CHECK(deep.text.ends_with("nested deeper than 64"));

  std::string many = "[{\"op\":\"remove\",\"path\":\"/a\"}";
  for (std::size_t i = 0; i < patch_operations_max; ++i)
    many += ",{\"op\":\"remove\",\"path\":\"/a\"}";
  CHECK(refusal_of("{}", many + "]").code == errc::invalid_argument);
}

} // namespace json_patch_test
