// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "actors/record_schema.hpp"
#include "messages/limits.hpp"

namespace record_schema_test {

using namespace troupe;

namespace {

using lines = std::vector<std::string>;

lines violations(std::string_view schema, std::string_view fields) {
  auto compiled = record_schema::compile(schema);
  if (!compiled)
    return {to_string(compiled.error())};
  auto read = read_json(fields, 10'000'000);
  REQUIRE(read);
  return compiled->violations(*read);
}

std::string refusal_of(std::string_view schema) {
  auto checked = check_schema(schema);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == errc::invalid_argument);
  return checked.error().text;
}

constexpr auto note = R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "required": ["title"],
  "properties": {
    "title": {"type": "string", "minLength": 1, "maxLength": 20},
    "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": true},
    "author": {"type": "object", "properties": {"name": {"type": "string"}},
               "additionalProperties": false},
    "a/b": {"type": "integer"}
  },
  "additionalProperties": false
})";

} // namespace

TEST_CASE("a record that keeps to its schema has no violations") {
  CHECK(
    violations(note, R"({"title":"x","tags":["a","b"],"author":{"name":"y"},"a/b":1})").empty());
  CHECK(violations("true", R"({"anything":1})").empty());
  CHECK(violations("{}", R"({"anything":1})").empty());
}

TEST_CASE("every violation is told, with its JSON pointer") {
  const auto found
    = violations(note, R"({"tags":["a",7,"a"],"author":{"nmae":"y"},"a/b":1.5,"size":3})");
  const auto told = [&](const std::string& line) {
    return std::find(found.begin(), found.end(), line) != found.end();
  };
  CAPTURE(found);
  CHECK(told("/title: is missing"));
  CHECK(told("/size: there is no such member"));
  CHECK(told("/author/nmae: there is no such member"));
  CHECK(told("/tags/2: the same as item 0"));
  CHECK(std::any_of(found.begin(), found.end(),
                    [](const auto& x) { return x.starts_with("/tags/1: "); }));
  CHECK(std::any_of(found.begin(), found.end(),
                    [](const auto& x) { return x.starts_with("/a~1b: "); }));
}

TEST_CASE("a schema that allows nothing says so") {
  CHECK(violations("false", "{}") == lines{"the record: the schema allows nothing here"});
}

TEST_CASE("S2: the list of violations has an end") {
  std::string fields = "{\"a\":[0";
  for (int i = 0; i < 5000; ++i)
    fields += ",0";
  const auto found
    = violations(R"({"properties":{"a":{"items":{"type":"string"}}}})", fields + "]}");
  REQUIRE(found.size() == record_schema::violations_max + 1);
  CHECK(found.back().starts_with("and "));
}

TEST_CASE("numbers are unique by value, texts and objects by content") {
  constexpr auto schema = R"({"properties":{"a":{"uniqueItems":true}}})";
  CHECK(violations(schema, R"({"a":[1,1.0]})").size() >= 1);
  CHECK(violations(schema, R"({"a":[{"x":1,"y":2},{"y":2,"x":1}]})").size() >= 1);
  CHECK(violations(schema, R"({"a":[1,"1",true,null,[1],{"a":1},1.5,["1"],"t","null"]})").empty());
  CHECK(violations(R"({"properties":{"a":{"uniqueItems":false}}})", R"({"a":[1,1]})").empty());
}

TEST_CASE("a pattern matches anywhere, unless it is bound") {
  constexpr auto schema = R"({"properties":{"a":{"pattern":"[0-9]+x"},"b":{"pattern":"^a|b$"}}})";
  CHECK(violations(schema, R"({"a":"--12x--","b":"xb"})").empty());
  CHECK(violations(schema, R"({"a":7})").empty());
  CHECK(violations(schema, R"({"a":"12y"})").size() >= 1);
  CHECK(violations(schema, R"({"b":"bc"})").size() >= 1);
}

TEST_CASE("S2: a hostile text cannot make a pattern run for ever, or out of stack") {
  const auto schema = R"({"properties":{"a":{"pattern":"^(a+)+$"},"b":{"pattern":"(x+x+)+y"}}})";
  CHECK(violations(schema, "{\"a\":\"" + std::string(4000, 'a') + "!\"}").size() >= 1);
  CHECK(violations(schema, "{\"b\":\"" + std::string(4000, 'x') + "\"}").size() >= 1);
  const auto too_long = violations(schema, "{\"a\":\"" + std::string(300'000, 'a') + "\"}");
  REQUIRE_FALSE(too_long.empty());
  CHECK(too_long[0].starts_with("/a: longer than 4096 bytes"));
}

TEST_CASE("S2: a hostile array cannot make uniqueItems compare each with each") {
  std::string fields = "{\"a\":[0";
  for (int i = 0; i < 15'000; ++i)
    fields += ",0";
  CHECK(violations(R"({"properties":{"a":{"uniqueItems":true}}})", fields + "]}").size()
        == record_schema::violations_max + 1);
}

TEST_CASE("formats are notes for people, and identifiers are ignored") {
  constexpr auto schema = R"({"$id":"https://example.org/x","properties":{
    "a":{"format":"date-time"},"b":{"format":"no-such-format"}}})";
  CHECK(violations(schema, "{\"a\":\"" + std::string(300'000, '1') + "\",\"b\":\"x\"}").empty());
}

TEST_CASE("references within the schema work, also to the schema itself") {
  constexpr auto tree = R"({"$defs":{"name":{"type":"string"}},
    "properties":{"name":{"$ref":"#/$defs/name"},
                  "children":{"type":"array","items":{"$ref":"#"}}}})";
  CHECK(violations(tree, R"({"name":"a","children":[{"name":"b","children":[]}]})").empty());
  CHECK(violations(tree, R"({"children":[{"name":"b","children":[{"name":7}]}]})").size() >= 1);
}

TEST_CASE("a schema that is wrong says where") {
  CHECK(refusal_of("{").starts_with("the schema is no JSON: byte 1"));
  CHECK(refusal_of("[]") == "the schema: a schema must be an object, true or false, not array");
  CHECK(refusal_of(R"({"type":"strin"})").starts_with("the schema is wrong"));
  CHECK(refusal_of(R"({"properties":{"a":7}})")
        == "schema /properties/a: a schema must be an object, true or false, not number");
  CHECK(refusal_of(R"({"properties":[]})") == "schema /properties: must be an object");
  CHECK(refusal_of(R"({"allOf":{}})") == "schema /allOf: not what this keyword takes");
  CHECK(refusal_of(R"({"properties":{"a":{"pattern":"("}}})").find("'('") != std::string::npos);
  CHECK(refusal_of(R"({"properties":{"a":{"pattern":"(a)\\1"}}})").find("is no regular expression")
        != std::string::npos);
  CHECK(refusal_of(R"({"properties":{"a":{"multipleOf":0}}})")
        == "schema /properties/a/multipleOf: must be a number above 0");
  CHECK(refusal_of(R"({"minimum":"x"})").starts_with("the schema is wrong"));
  CHECK(refusal_of("{\"a\":\"" + std::string(limits::schema_bytes_max, 'x') + "\"}").find("bytes")
        != std::string::npos);
  CHECK(refusal_of(R"({"a":1,"a":2})") == "the schema is no JSON: /a: the name comes twice");
}

TEST_CASE("keywords that would be ignored, or are without bounds, are refused") {
  CHECK(refusal_of(R"({"patternProperties":{}})")
        == "schema /patternProperties: this keyword is not supported");
  CHECK(refusal_of(R"({"properties":{"a":{"prefixItems":[]}}})")
        == "schema /properties/a/prefixItems: this keyword is not supported");
  // A member may be called so.
  CHECK(check_schema(R"({"properties":{"prefixItems":{"type":"string"}}})"));
}

TEST_CASE("references out of the schema, to nothing, and in circles are refused") {
  CHECK(refusal_of(R"({"$ref":"https://example.org/x"})").find("leads out of this schema")
        != std::string::npos);
  CHECK(refusal_of(R"({"properties":{"a":{"$ref":"other.json#/a"}}})")
          .starts_with("schema /properties/a/$ref: 'other.json#/a' leads out"));
  CHECK(refusal_of(R"({"properties":{"a":{"$ref":"#/$defs/b"}}})")
        == "schema /properties/a/$ref: no schema is at '#/$defs/b'");
  CHECK(refusal_of(R"({"$ref":"#"})").find("circles") != std::string::npos);
  CHECK(refusal_of(
          R"({"$defs":{"a":{"allOf":[{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}}})")
          .find("circles")
        != std::string::npos);
}

TEST_CASE("a field is unknown only where the schema lists all members") {
  auto schema = record_schema::compile(note);
  REQUIRE(schema);
  CHECK(schema->knows_field("title"));
  CHECK(schema->knows_field("tags.0"));
  CHECK(schema->knows_field("author.name"));
  CHECK_FALSE(schema->knows_field("author.nmae"));
  CHECK_FALSE(schema->knows_field("titel"));
  CHECK_FALSE(schema->knows_field("titel.x"));
  auto open = record_schema::compile(R"({"properties":{"a":{}}})");
  CHECK(open->knows_field("anything.at.all"));
  CHECK(record_schema::compile("true")->knows_field("x"));
}

} // namespace record_schema_test
