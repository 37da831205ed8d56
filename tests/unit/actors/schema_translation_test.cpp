// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "actors/schema_translation.hpp"

namespace schema_translation_test {

using namespace troupe;

namespace {

json_value json(const char* text) {
  return json_value::parse(text);
}

translated_schema translated(const char* text) {
  const auto made
    = translate_schema(json(text), [](const std::string& part) { return "@" + part; });
  REQUIRE(made);
  return *made;
}

} // namespace

TEST_CASE("what draft 7 says in other words is said in those of 2020-12") {
  const auto made = translated(R"({"$schema":"http://json-schema.org/draft-07/schema#",
    "$id":"https://example.org/note","type":"object","additionalProperties":false,
    "dependencies":{"a":["b"],"c":{"required":["d"]}},
    "properties":{"a":{"items":[{"type":"string"},true],"additionalItems":{"minimum":1}}}})");
  CHECK(made.whole == json(R"({"type":"object","additionalProperties":false,
    "properties":{"a":{"prefixItems":[{"type":"string"},true],"items":{"minimum":1}}},
    "dependentRequired":{"a":["b"]},"dependentSchemas":{"c":{"required":["d"]}}})"));
  CHECK(made.parts.empty());
}

TEST_CASE("each schema that a reference leads to becomes a part") {
  const auto made = translated(R"({"properties":{"by":{"$ref":"#/definitions/who"},
      "tree":{"$ref":"#"},"same":{"$ref":"#/properties/a~1b"},"a/b":{"type":"number"}},
    "definitions":{"who":{"$id":"#who","type":"string"},"unused":{}},
    "additionalProperties":false})");
  CHECK(made.whole == json(R"({"properties":{"by":{"$ref":"@who"},"tree":{"$ref":"@"},
    "same":{"$ref":"@a_1b"},"a/b":{"$ref":"@a_1b"}},"additionalProperties":false})"));
  REQUIRE(made.parts.size() == 2);
  CHECK(made.parts[0].first == "a_1b");
  CHECK(made.parts[1].second == json(R"({"type":"string"})"));
}

TEST_CASE("beside a reference of draft 7 nothing counts and of later drafts all does") {
  constexpr auto draft_7 = R"({"$schema":"http://json-schema.org/draft-07/schema",
    "definitions":{"a":{}},"allOf":[{"$ref":"#/definitions/a","maximum":3}]})";
  CHECK(translated(draft_7).whole == json(R"({"allOf":[{"$ref":"@a"}]})"));
  CHECK(translated(R"({"$defs":{"a":{}},"allOf":[{"$ref":"#/$defs/a","maximum":3}]})").whole
        == json(R"({"allOf":[{"maximum":3,"$ref":"@a"}]})"));
}

TEST_CASE("objects that may have other members say so unless somebody counts what was looked at") {
  CHECK(translated(R"({"properties":{"a":{"properties":{}}}})").whole
        == json(R"({"properties":{"a":{"properties":{},"additionalProperties":true}},
                    "additionalProperties":true})"));
  CHECK(translated(R"({"properties":{"a":{}},"unevaluatedProperties":false})").whole
        == json(R"({"properties":{"a":{}},"unevaluatedProperties":false})"));
}

TEST_CASE("values and names that look like keywords stay as they are") {
  CHECK(translated(R"({"const":{"$ref":"nowhere","items":[1]},"properties":{"items":{"title":"x"},
          "$ref":{}},"additionalProperties":{}})")
          .whole
        == json(R"({"const":{"$ref":"nowhere","items":[1]},"properties":{"items":{"title":"x"},
          "$ref":{}},"additionalProperties":{}})"));
}

} // namespace schema_translation_test
