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
  return compiled->violations(*read, "the-id");
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
  CHECK(violations(R"({"enum":[]})", "{}") == lines{"the record: no value is allowed here"});
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
  const auto schema = R"({"properties":{"a":{"pattern":"^(a+)+$"},"b":{"pattern":"(x+x+)+y"},
    "c":{"pattern":"^[a-z]{900}[0-9]{900}$"}}})";
  CHECK(violations(schema, "{\"a\":\"" + std::string(300'000, 'a') + "!\"}").size() == 1);
  CHECK(violations(schema, "{\"b\":\"" + std::string(300'000, 'x') + "\"}").size() == 1);
  const auto too_long = violations(schema, "{\"c\":\"" + std::string(300'000, 'a') + "\"}");
  REQUIRE_FALSE(too_long.empty());
  CHECK(too_long[0].starts_with("/c: longer than "));
}

TEST_CASE("S2: a hostile array cannot make uniqueItems compare each with each") {
  std::string fields = "{\"a\":[0";
  for (int i = 0; i < 15'000; ++i)
    fields += ",0";
  CHECK(violations(R"({"properties":{"a":{"uniqueItems":true}}})", fields + "]}").size()
        == record_schema::violations_max + 1);
}

TEST_CASE("formats are asserted and a misspelt one is refused") {
  constexpr auto schema = R"({"properties":{"a":{"format":"date-time"},"b":{"format":"email"},
    "c":{"format":"x-colour"},"d":{"format":"idn-email"}}})";
  CHECK(violations(schema, R"({"a":"2026-11-30T12:00:00Z","b":"ann@example.org","c":"","d":""})")
          .empty());
  CHECK(violations(schema, R"({"a":"yesterday","b":"ann"})")
        == lines{"/a: is no date-time", "/b: is no email"});
  CHECK(refusal_of(R"({"properties":{"a":{"format":"datetime"}}})")
        == "schema /properties/a/format: the format 'datetime' is unknown; did you mean "
           "'date-time'?");
}

TEST_CASE("numbers are exact: multiples in decimals and integers of 64 bits") {
  constexpr auto schema = R"({"properties":{"price":{"multipleOf":0.01},
    "n":{"type":"integer","maximum":9007199254740992},"m":{"minimum":0.1}}})";
  CHECK(violations(schema, R"({"price":19.99,"n":1.0,"m":0.1})").empty());
  CHECK(violations(schema, R"({"price":19.995,"n":9007199254740993,"m":0.09})")
        == lines{"/price: must be a multiple of 0.01", "/n: must be at most 9007199254740992",
                 "/m: must be at least 0.1"});
  CHECK(violations(schema, R"({"n":1.5})") == lines{"/n: must be integer, not number"});
}

TEST_CASE("the members that every record has are there for the schema") {
  constexpr auto schema = R"({"required":["id","version","created_at","title"],
    "properties":{"id":{"pattern":"^the-"},"title":{},"version":{"type":"integer"},
                  "created_at":{"format":"date-time"}},"additionalProperties":false})";
  CHECK(violations(schema, R"({"title":"x"})").empty());
  CHECK(violations(schema, "{}") == lines{"/title: is missing"});
  CHECK(violations(R"({"properties":{"id":{"maxLength":3}}})", "{}")
        == lines{"/id: must have at most 3 characters"});
  CHECK(violations(R"({"maxProperties":0,"propertyNames":false,"unevaluatedProperties":false,
                      "dependentRequired":{"id":["version"]}})",
                   "{}")
          .empty());
  CHECK(refusal_of(R"({"properties":{"version":{"type":"string"}}})")
        == "schema /properties/version: no record keeps to this; version: must be string, not "
           "integer");
}

TEST_CASE("keywords of later drafts count: the last word on members and items") {
  constexpr auto schema = R"({"allOf":[{"properties":{"a":{}}}],"properties":{"b":{}},
    "if":{"required":["c"]},"then":{"properties":{"c":{}}},"unevaluatedProperties":false})";
  CHECK(violations(schema, R"({"a":1,"b":2,"c":3})").empty());
  CHECK(violations(schema, R"({"a":1,"d":2})") == lines{"/d: there is no such member"});
  CHECK(
    violations(R"({"properties":{"a":{"contains":{"const":1},"minContains":2}}})", R"({"a":[1,2]})")
    == lines{"/a: must have at least 2 items that `contains` describes"});
  CHECK(violations(R"({"$defs":{"a":{"type":"object"}},"$ref":"#/$defs/a","required":["b"]})", "{}")
        == lines{"/b: is missing"});
  CHECK(violations(R"({"patternProperties":{"^n_":{"type":"integer"}},
                      "additionalProperties":false})",
                   R"({"n_a":1,"n_b":"x","m":1})")
        == lines{"/n_b: must be integer, not string", "/m: there is no such member"});
}

TEST_CASE("S2: doubled references do not double the work") {
  std::string schema = R"({"allOf":[{"$ref":"#/$defs/a0"},{"$ref":"#/$defs/a0"}],"$defs":{)";
  for (int i = 0; i < 40; ++i) {
    const auto next = R"({"$ref":"#/$defs/a)" + std::to_string(i + 1) + "\"}";
    schema += "\"a" + std::to_string(i) + R"(":{"allOf":[)" + next + "," + next + "]},";
  }
  schema += R"("a40":{"required":["b"]}}})";
  CHECK(violations(schema, R"({"b":1})").empty());
  CHECK(violations(schema, "{}") == lines{"/b: is missing"});
}

TEST_CASE("S2: a schema cannot make a check run for ever, or out of stack") {
  std::string many = R"({"properties":{"a":{"items":{"allOf":[)";
  for (int i = 0; i < 300; ++i)
    many += std::string{i == 0 ? "" : ","} + R"({"minimum":)" + std::to_string(i) + "}";
  std::string fields = "{\"a\":[1000";
  for (int i = 0; i < 15'000; ++i)
    fields += ",1000";
  CHECK(violations(many + "]}}}}", fields + "]}")
        == lines{"the record: its schema applies too many parts to too many values"});

  std::string chain = R"({"additionalProperties":{"$ref":"#"},"allOf":[{"$ref":"#/$defs/a0"}],
    "$defs":{)";
  for (int i = 0; i < 100; ++i)
    chain += "\"a" + std::to_string(i) + R"(":{"$ref":"#/$defs/a)" + std::to_string(i + 1) + "\"},";
  chain += R"("a100":{"properties":{"x":{"$ref":"#"}}}}})";
  std::string deep = "{}";
  for (int i = 0; i < 60; ++i)
    deep = "{\"x\":" + deep + "}";
  CHECK(violations(chain, deep)
        == lines{"the record: its schema applies its parts too deep in one another"});
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
  CHECK(refusal_of(R"({"type":"strin"})").starts_with("schema /type: must be null, boolean, "));
  CHECK(refusal_of(R"({"properties":{"a":7}})")
        == "schema /properties/a: a schema must be an object, true or false, not number");
  CHECK(refusal_of(R"({"properties":[]})") == "schema /properties: must be an object");
  CHECK(refusal_of(R"({"allOf":{}})") == "schema /allOf: must be a list of schemas, at least one");
  CHECK(refusal_of(R"({"properties":{"a":{"pattern":"("}}})").find("'('") != std::string::npos);
  CHECK(refusal_of(R"({"properties":{"a":{"pattern":"(a)\\1"}}})").find("a backreference")
        != std::string::npos);
  CHECK(refusal_of(R"({"properties":{"a":{"multipleOf":0}}})")
        == "schema /properties/a/multipleOf: must be a number above 0");
  CHECK(refusal_of(R"({"minimum":"x"})") == "schema /minimum: must be a number");
  CHECK(refusal_of(R"({"minLength":-1})") == "schema /minLength: must be a whole number from 0 on");
  CHECK(refusal_of(R"({"required":["a","a"]})")
        == "schema /required: must be a list of different texts");
  CHECK(refusal_of("{\"a\":\"" + std::string(limits::schema_bytes_max, 'x') + "\"}").find("bytes")
        != std::string::npos);
  CHECK(refusal_of(R"({"a":1,"a":2})") == "the schema is no JSON: /a: the name comes twice");
}

TEST_CASE("keywords that nobody knows are refused with what was probably meant") {
  CHECK(refusal_of(R"({"properties":{"a":{"maxLenght":3}}})")
        == "schema /properties/a/maxLenght: this keyword is unknown; did you mean 'maxLength'?");
  CHECK(refusal_of(R"({"colour":"red"})")
        == "schema /colour: this keyword is unknown; names of your own begin with 'x-'");
  CHECK(refusal_of(R"({"extends":{}})").find("'allOf' does it now") != std::string::npos);
  CHECK(check_schema(R"({"x-colour":"red","title":"","description":"","default":1,"examples":[],
                        "readOnly":true,"deprecated":false,"$comment":""})"));
  // A member may be called as it likes.
  CHECK(check_schema(R"({"properties":{"prefixItems":{"type":"string"},"maxLenght":{}}})"));
}

TEST_CASE("a schema that names its draft keeps to it") {
  const auto of = [](const std::string& draft, const std::string& rest) {
    return refusal_of(R"({"$schema":")" + draft + R"(",)" + rest + "}");
  };
  CHECK(of("http://json-schema.org/draft-07/schema#", R"("unevaluatedProperties":false)")
        == "schema /unevaluatedProperties: draft 7 does not know this keyword, 2020-12 does: see "
           "$schema");
  CHECK(of("https://json-schema.org/draft/2020-12/schema", R"("items":[{}])")
        == "schema /items: 2020-12 takes one schema here; a list stands in 'prefixItems'");
  CHECK(of("https://json-schema.org/draft/2020-12/schema", R"("additionalItems":false)")
        == "schema /additionalItems: 2020-12 does not know this keyword; it is 'items' beside "
           "'prefixItems'");
  CHECK(of("http://json-schema.org/draft-04/schema#", R"("type":"object")")
          .starts_with("schema /$schema: 'http://json-schema.org/draft-04/schema#' is not "
                       "supported; expected draft 7"));
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
  CHECK(refusal_of(R"({"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}})")
        == "schema /$defs/b/$anchor: another schema has this name");
}

TEST_CASE("references by name lead to what has it") {
  constexpr auto schema = R"({"$id":"https://example.org/note","$defs":{
      "who":{"$anchor":"who","type":"string"},
      "tag":{"$id":"tag","type":"integer"}},
    "properties":{"by":{"$ref":"#who"},"tag":{"$ref":"tag"},
                  "same":{"$ref":"https://example.org/tag"}}})";
  CHECK(violations(schema, R"({"by":"a","tag":1,"same":1})").empty());
  CHECK(violations(schema, R"({"by":1,"tag":"a","same":"a"})").size() == 3);
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
  auto by_pattern
    = record_schema::compile(R"({"patternProperties":{"^n_":{}},"additionalProperties":false})");
  CHECK(by_pattern->knows_field("n_a"));
  CHECK_FALSE(by_pattern->knows_field("m"));
  auto open = record_schema::compile(R"({"properties":{"a":{}}})");
  CHECK(open->knows_field("anything.at.all"));
  CHECK(record_schema::compile("true")->knows_field("x"));
}

} // namespace record_schema_test
