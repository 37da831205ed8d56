#include <catch2/catch.hpp>
#include <set>

#include "gateway/collection_json.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/openapi.hpp"

using namespace troupe;

namespace {

stored_collection collection_of(const std::string& name, const std::string& schema) {
  stored_collection x;
  x.declaration.name = name;
  x.declaration.schema = schema;
  return x;
}

json document_of(const std::vector<stored_collection>& collections = {}) {
  return openapi_document(gateway_state::described_routes(), collections);
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
    "notes", R"({"properties":{"by":{"$ref":"#/$defs/who"}},"$defs":{"who":{"type":"string"}}})")});
  const auto by = document["components"]["schemas"]["of.notes.fields"]["properties"]["by"];
  CHECK(by["$ref"] == "#/components/schemas/of.notes.fields/$defs/who");
}

TEST_CASE("refusals that a caller should come back from say when") {
  const auto read = document_of()["paths"]["/v1/collections/{collection}/records/{record}"];
  for (const auto* status : {"429", "503"})
    CHECK(read["get"]["responses"][status]["headers"].contains("Retry-After"));
  for (const auto* status : {"412", "422", "428"})
    CHECK(read["put"]["responses"][status]["content"].contains("application/problem+json"));
  CHECK(read["get"]["responses"].contains("304"));
}

TEST_CASE("what is shown as JSON has no member that the document does not know") {
  job finished;
  finished.origin = 1;
  finished.payload = finished.result = finished.error = "\xff";
  finished.history.push_back({});
  check_members("job", json_of(finished, true));
  check_members("delivery", json_of(finished, true)["history"][0]);
  check_members("queue", json_of(queue_info{}));
  check_members("worker", json_of(worker_info{}));
  check_members("node", json_of(node_info{}));
  check_members("cache", json_of(cache_described{}));
  check_members("collection", json_of(stored_collection{}));
}
