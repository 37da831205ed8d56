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
  patch_work work;
  auto result = json_patched(json(target), json(patch), work);
  return result ? json_text(*result) : to_string(result.error());
}

error refusal_of(std::string_view target, std::string_view patch) {
  patch_work work;
  auto result = json_patched(json(target), json(patch), work);
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

TEST_CASE("a test does not look at the order of members and compares numbers exactly") {
  const auto tested = [](const std::string& there, const std::string& value) {
    return patched("{\"o\":" + there + "}", R"([{"op":"test","path":"/o","value":)" + value + "}]");
  };
  CHECK(tested(R"({"b":1,"a":2})", R"({"a":2,"b":1})") == R"({"o":{"b":1,"a":2}})");
  CHECK(tested(R"([{"b":{"d":1,"c":[]},"a":2}])", R"([{"a":2,"b":{"c":[],"d":1}}])")
        == R"({"o":[{"b":{"d":1,"c":[]},"a":2}]})");
  CHECK(tested("1", "1.0") == R"({"o":1})");
  CHECK(tested("18446744073709551615", "18446744073709551615") == R"({"o":18446744073709551615})");
  for (const auto& [there, value] :
       std::vector<std::pair<std::string, std::string>>{{"[1,2]", "[2,1]"},
                                                        {R"({"a":1})", R"({"a":1,"b":null})"},
                                                        {R"({"a":1})", R"({"b":1})"},
                                                        {"18446744073709551615", "-1"},
                                                        {"9007199254740993", "9007199254740992.0"},
                                                        {"1", "true"},
                                                        {"0", "null"},
                                                        {"\"1\"", "1"},
                                                        {"0.5", "0"},
                                                        {"-1", "1.0"}}) {
    CAPTURE(there, value);
    CHECK(tested(there, value) == "patch_failed: /0: the test failed");
  }
}

TEST_CASE("S2: whatever stands at a parent's place a patch is answered") {
  const std::string document
    = R"({"text":"x","number":7,"null":null,"yes":true,"list":[1,[2]],"object":{"a":1}})";
  for (const auto* parent :
       {"/text", "/number", "/null", "/yes", "/list/0", "/list/1/0", "/object/a", "/absent"})
    for (const auto* step : {"/b", "/0", "/-", "/", "/b/c"})
      for (const auto* operation :
           {R"({"op":"add","path":"P","value":1})", R"({"op":"remove","path":"P"})",
            R"({"op":"replace","path":"P","value":1})", R"({"op":"test","path":"P","value":1})",
            R"({"op":"copy","from":"/object","path":"P"})",
            R"({"op":"move","from":"/object","path":"P"})",
            R"({"op":"copy","from":"P","path":"/c"})", R"({"op":"move","from":"P","path":"/c"})"}) {
        std::string patch = operation;
        patch.replace(patch.find("\"P\"") + 1, 1, std::string{parent} + step);
        CAPTURE(patch);
        CHECK(refusal_of(document, "[" + patch + "]").code == errc::patch_failed);
      }
  for (const auto* place : {"/list/x", "/list/01", "/list/3", "/list/-1", "/list/1e0", "/list/ 0",
                            "/list/18446744073709551616"}) {
    CAPTURE(place);
    CHECK(refusal_of(document, R"([{"op":"add","path":")" + std::string{place} + R"(","value":1}])")
            .code
          == errc::patch_failed);
  }
  CHECK(refusal_of("7", R"([{"op":"add","path":"/a","value":1}])").code == errc::patch_failed);
  CHECK(
    patched("7", R"([{"op":"replace","path":"","value":{}},{"op":"add","path":"/a","value":1}])")
    == R"({"a":1})");
}

TEST_CASE("members that were removed are gone for the operations behind") {
  CHECK(patched(R"({"a":1,"b":2,"c":3})",
                R"([{"op":"remove","path":"/a"},{"op":"add","path":"/a","value":4},
                    {"op":"move","from":"/b","path":"/d"}])")
        == R"({"c":3,"a":4,"d":2})");
  CHECK(patched(R"({"o":{"a":1,"b":2}})",
                R"([{"op":"remove","path":"/o/a"},{"op":"test","path":"/o","value":{"b":2}},
                    {"op":"copy","from":"/o","path":"/p"},{"op":"remove","path":"/o/b"},
                    {"op":"test","path":"/o","value":{}}])")
        == R"({"o":{},"p":{"b":2}})");
  CHECK(
    refusal_of(R"({"a":1})", R"([{"op":"remove","path":"/a"},{"op":"remove","path":"/a"}])").code
    == errc::patch_failed);
}

TEST_CASE("S2: the work of a patch is in proportion to its size or is refused") {
  std::string text = "{\"a\":[0";
  for (int i = 0; i < 19'000; ++i)
    text += ",1";
  text += "],\"b\":{\"c\":{}}}";
  std::string moves = "[";
  for (int i = 0; i < 499; ++i)
    moves
      += std::string{i == 0 ? "" : ","}
         + R"({"op":"move","from":"/a","path":"/b/c/d"},{"op":"move","from":"/b/c/d","path":"/a"})";
  CHECK(refusal_of(text, moves + "]").code == errc::payload_too_large);

  std::string sideways = "[";
  for (int i = 0; i < 499; ++i)
    sideways += std::string{i == 0 ? "" : ","}
                + R"({"op":"move","from":"/a","path":"/z"},{"op":"move","from":"/z","path":"/a"})";
  patch_work work;
  REQUIRE(json_patched(json(text), json(sideways + "]"), work));
  CHECK(work.left + 2'000'000 > patch_work{}.left);

  // What one patch has used up is not there for the next one of a request.
  work.left = 10;
  CHECK(json_patched(json(text), json(sideways + "]"), work).error().code
        == errc::payload_too_large);
}

} // namespace json_patch_test
