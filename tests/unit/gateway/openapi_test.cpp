// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "gateway/collection_json.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/openapi.hpp"
#include "gateway/openapi_text.hpp"
#include "gateway/problem.hpp"

namespace openapi_test {

using namespace troupe;

namespace {

stored_collection collection_of(const std::string& name, const std::string& schema) {
  stored_collection x;
  x.declaration.name = name;
  x.declaration.schema = schema;
  return x;
}

json document_of(const std::vector<stored_collection>& collections = {}, bool tokens = false) {
  return openapi_document(gateway_state::described_routes(), collections, tokens);
}

/// All local references of the document that lead nowhere.
void find_dangling(const json& document, const json& x, std::set<std::string>& dangling) {
  if (x.is_object() && x.contains("$ref")) {
    const auto reference = x["$ref"].get<std::string>();
    if (!document.contains(json::json_pointer{reference.substr(1)}))
      dangling.insert(reference);
  }
  if (x.is_structured())
    for (const auto& part : x)
      find_dangling(document, part, dangling);
}

std::set<std::string> names_of(const json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items())
    names.insert(name);
  return names;
}

/// The members of `shown` are those that the document knows of this schema.
void check_members(const std::string& schema, const json& shown) {
  CAPTURE(schema);
  const auto known = names_of(openapi_components().at("schemas").at(schema).at("properties"));
  for (const auto& name : names_of(shown)) {
    CAPTURE(name);
    CHECK(known.contains(name));
  }
}

} // namespace

TEST_CASE("every route is described, under a name of its own") {
  std::set<std::string_view> names;
  for (const auto& route : gateway_state::described_routes()) {
    CAPTURE(route.pattern);
    CHECK_FALSE(route.text.group.empty());
    CHECK(route.text.summary.ends_with('.'));
    CHECK_FALSE(route.text.answers.empty());
    CHECK(names.insert(route.text.name).second);
  }
}

TEST_CASE("routes name only what the document has, and all references lead somewhere") {
  const auto document = document_of({collection_of("notes", R"({"properties":{"a":{}}})")});
  std::set<std::string> dangling;
  find_dangling(document, document, dangling);
  CHECK(dangling == std::set<std::string>{});
}

TEST_CASE("without collections the routes of records stand for any collection") {
  const auto paths = document_of()["paths"];
  CHECK(paths.contains("/v1/collections/{collection}/records"));
}

TEST_CASE("each collection has its own routes, with its schema") {
  const auto document = document_of(
    {collection_of("notes", R"({"required":["title"],"properties":{"title":{"type":"string"}}})"),
     collection_of("people", "")});

  CHECK_FALSE(document["paths"].contains("/v1/collections/{collection}/records"));
  const auto create = document["paths"]["/v1/collections/notes/records"]["post"];
  CHECK(create["operationId"] == "create_record_of_notes");
  const auto body = create["requestBody"]["content"]["application/json"]["schema"]["$ref"];
  CHECK(body == "#/components/schemas/of.notes.fields");
  const auto fields = document["components"]["schemas"]["of.notes.fields"];
  CHECK(fields["required"] == json::array({"title"}));
  CHECK(fields["properties"]["title"]["type"] == "string");
  CHECK(fields["properties"]["version"]["readOnly"] == true);
  CHECK(document["paths"].contains("/v1/collections/people/records/{record}"));
}

TEST_CASE("references inside a collection's schema are led to its place in the document") {
  const auto document = document_of({collection_of(
    "notes", R"({"$id":"https://example.org/note","properties":{"by":{"$ref":"#/$defs/who"},
      "tree":{"$ref":"#"}},"$defs":{"who":{"type":"string"}}})")});
  const auto schemas = document["components"]["schemas"];
  const auto fields = schemas["of.notes.fields"];
  CHECK(fields["properties"]["by"]["$ref"] == "#/components/schemas/of.notes.fields.who");
  CHECK(fields["properties"]["tree"]["$ref"] == "#/components/schemas/of.notes.fields");
  CHECK(schemas["of.notes.fields.who"] == json{{"type", "string"}});
  CHECK_FALSE(fields.contains("$defs"));
  CHECK_FALSE(fields.contains("$id"));
}

TEST_CASE("a schema of draft 7 is told in the words of 2020-12") {
  const auto document = document_of({collection_of("notes", R"({
    "$schema":"http://json-schema.org/draft-07/schema#","required":["id","a"],"maxProperties":3,
    "propertyNames":{"maxLength":1},"dependencies":{"a":["b"]},
    "properties":{"a":{"items":[{"type":"string"}],"additionalItems":false}}})")});
  const auto fields = document["components"]["schemas"]["of.notes.fields"];
  CHECK(fields["properties"]["a"]["prefixItems"].size() == 1);
  CHECK(fields["properties"]["a"]["items"] == false);
  CHECK(fields["dependentRequired"]["a"] == json::array({"b"}));
  CHECK_FALSE(fields.contains("dependencies"));
  CHECK_FALSE(fields.contains("$schema"));
  // The record's own members are let in.
  CHECK(fields["required"] == json::array({"a"}));
  CHECK(fields["maxProperties"] == 7);
  CHECK(fields["propertyNames"]["anyOf"].size() == 2);
}

TEST_CASE("records that may have any members say so and closed ones do not") {
  const auto schemas
    = document_of({collection_of("notes", ""), collection_of("people", R"({"properties":{"a":{}},
                                              "additionalProperties":false})")})["components"]
                                                                                ["schemas"];
  for (const auto* name : {"of.notes.fields", "of.notes.part", "of.notes.patch"})
    CHECK(schemas[name]["additionalProperties"] == true);
  CHECK(schemas["of.people.fields"]["additionalProperties"] == false);
  CHECK_FALSE(schemas["of.people.part"].contains("additionalProperties"));
}

TEST_CASE("a merge patch may have any member and null for those to remove") {
  const auto document = document_of(
    {collection_of("notes", R"({"required":["title"],"properties":{"title":{"type":"string"},
      "by":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}}})")});
  const auto patch = document["components"]["schemas"]["of.notes.patch"];
  CHECK_FALSE(patch.contains("required"));
  CHECK_FALSE(patch["properties"].contains("version"));
  CHECK(patch["properties"]["title"]["anyOf"]
        == json::array({{{"type", "string"}}, {{"type", "null"}}}));
  const auto by = patch["properties"]["by"]["anyOf"][0];
  CHECK_FALSE(by.contains("required"));
  CHECK(by["properties"]["name"]["anyOf"].size() == 2);
  const auto body
    = document["paths"]["/v1/collections/notes/records/{record}"]["patch"]["requestBody"];
  for (const auto* type : {"application/json", "application/merge-patch+json"})
    CHECK(body["content"][type]["schema"]["$ref"] == "#/components/schemas/of.notes.patch");
}

TEST_CASE("the document is made anew only when a collection has changed") {
  openapi_text made{gateway_state::described_routes(), false};
  const auto notes = collection_of("notes", "");
  const auto text = made.of({notes}).text;
  const auto* place = made.of({notes}).text.data();

  auto counted = notes;
  counted.records = 7;
  CHECK(made.of({counted}).text.data() == place);
  CHECK(made.of({notes}).tag.size() > 2);

  const auto tag = made.of({notes}).tag;
  CHECK(made.of({collection_of("notes", R"({"required":["a"]})")}).tag != tag);
  CHECK(made.of({}).text != text);
  CHECK(made.of({notes}).text == text);
}

TEST_CASE("refusals that a caller should come back from say when") {
  const auto document = document_of({}, true);
  const auto refused = [&](const std::string& status) {
    const auto get = document["paths"]["/v1/jobs/{job}"]["get"];
    const auto reference = get["responses"][status]["$ref"].get<std::string>();
    return document.at(json::json_pointer{reference.substr(1)});
  };
  for (const auto* status : {"429", "503"})
    CHECK(refused(status)["headers"].contains("Retry-After"));
  CHECK(refused("404")["content"].contains("application/problem+json"));
}

TEST_CASE("a refusal names the codes that come with its status, and each code says what it means") {
  const auto components = document_of()["components"];
  const auto text = components["responses"]["refused_412"]["description"].get<std::string>();
  CHECK(text == "Precondition Failed: `precondition_failed`.");

  std::set<std::string> codes;
  for (const auto& x : components["schemas"]["error_code"]["oneOf"]) {
    codes.insert(x["const"].get<std::string>());
    CHECK(x["description"].get<std::string>().ends_with('.'));
  }
  int known = 0;
  while (name_of(static_cast<errc>(known + 1)) != "unknown_error")
    CHECK(codes.contains(std::string{name_of(static_cast<errc>(++known))}));
  CHECK(codes.size() == static_cast<std::size_t>(known + http_refused_count));
}

TEST_CASE("operations say which scope they need, and open ones that they need no token") {
  const auto notes = collection_of("notes", "");
  const auto paths = document_of({notes}, true)["paths"];

  CHECK(paths["/livez"]["get"]["security"] == json::array());
  CHECK_FALSE(paths["/livez"]["get"]["responses"].contains("401"));
  const auto create = paths["/v1/collections/notes/records"]["post"];
  CHECK(create["security"][0]["token"] == json::array({"records:write:notes"}));
  CHECK(create["security"][1].contains("cookie"));
  CHECK(create["security"].size() == 2);
  CHECK(create["responses"].contains("401"));
  const auto enqueue = paths["/v1/queues/{queue}/jobs"]["post"];
  CHECK(enqueue["security"][0]["token"] == json::array({"jobs:enqueue:*"}));

  const auto off = document_of({notes})["paths"]["/v1/collections/notes/records"]["post"];
  CHECK(off["security"][2] == json::object());
  CHECK_FALSE(off["responses"].contains("401"));
}

TEST_CASE("of each collection everything is said that is said of any") {
  const auto of_any
    = [](const std::string& name) { return name.starts_with("record") || name == "batch_change"; };
  const auto known = names_of(openapi_components().at("schemas"));
  const auto any = std::count_if(known.begin(), known.end(), of_any);

  const auto schemas = document_of({collection_of("notes", "")})["components"]["schemas"];
  const auto own = names_of(schemas);
  const auto speaks_of_notes = [](const std::string& name) { return name.starts_with("of.notes"); };
  CHECK(std::count_if(own.begin(), own.end(), speaks_of_notes) == any);
  CHECK(schemas["of.notes.change"]["required"][0] == "sequence");
  CHECK(schemas["of.notes.batch_change"]["required"][0] == "op");
}

TEST_CASE("a value in a schema that looks like a reference is none") {
  const auto document = document_of({collection_of(
    "notes", R"({"properties":{"a":{"const":{"$ref":"nowhere"},"default":{"$ref":""}}}})")});
  CHECK(document["components"]["schemas"].contains("of.notes.fields"));
}

TEST_CASE("no member of a body has a default, which generators take for a promise of it") {
  const auto document = document_of({collection_of("notes", R"({"properties":{
    "a":{"type":"string","default":"x"},"default":{"type":"integer"}}})")});
  const auto& schemas = document["components"]["schemas"];

  CHECK(schemas["of.notes.fields"]["properties"]["a"] == json{{"type", "string"}});
  CHECK(schemas["of.notes.fields"]["properties"].contains("default"));
  constexpr std::string_view key = R"("default":)";
  for (const auto& [name, schema] : schemas.items()) {
    CAPTURE(name);
    // An object is the schema of a member of that name.
    const auto text = to_line(schema);
    for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + 1))
      CHECK(text[at + key.size()] == '{');
  }
}

TEST_CASE("the document has no parts that nothing leads to") {
  const auto document = document_of();
  const auto text = to_line(document);
  for (const auto& [group, parts] : document["components"].items())
    for (const auto& [name, part] : parts.items()) {
      CAPTURE(group, name);
      CHECK((group == "securitySchemes"
             || text.find("#/components/" + group + "/" + name + "\"") != std::string::npos));
    }
}

TEST_CASE("of a record on a page any field may be missing, but its id, version and times") {
  const auto schemas = document_of(
    {collection_of("notes", R"({"required":["title"],"properties":{"title":{"type":"string"},
      "by":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}}})")})
    ["components"]["schemas"];

  CHECK(schemas["of.notes.page"]["properties"]["records"]["items"]["$ref"]
        == "#/components/schemas/of.notes.part");
  const auto part = schemas["of.notes.part"];
  CHECK(part["required"] == json::array({"id", "version", "created_at", "updated_at"}));
  CHECK(part["properties"]["title"]["type"] == "string");
  CHECK_FALSE(part["properties"]["by"].contains("required"));
  CHECK(part["properties"]["by"]["properties"].contains("name"));
}

TEST_CASE("what is shown as JSON has no member that the document does not know") {
  job finished;
  finished.origin = 1;
  finished.payload = finished.result = finished.error = "\xff";
  finished.history.push_back({});
  finished.tags = {"a"};
  finished.trace_parent = "b";
  check_members("job", json_of(finished, true));
  check_members("delivery", json_of(finished, true)["history"][0]);
  check_members("queue", json_of(queue_info{}));
  check_members("worker", json_of(worker_info{}));
  check_members("node", json_of(node_info{}));
  check_members("cache", json_of(cache_described{}));
  check_members("collection", json_of(stored_collection{}));
}

} // namespace openapi_test
