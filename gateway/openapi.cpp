#include "gateway/openapi.hpp"

#include <fmt/format.h>
#include <string>

#include "gateway/problem.hpp"
#include "gateway/reason_phrase.hpp"

namespace troupe {

namespace {

constexpr std::string_view about
  = "A job queue, a worker pool, and records with a cache that is never stale.\n\n"
    "HEAD is taken wherever GET is, OPTIONS everywhere. Every refusal is `application/problem+json`"
    " with a stable `code`. A request may carry `X-Request-Id` and `traceparent`, which the log "
    "shows; its answer carries `X-Request-Id`.";

constexpr std::string_view schemas_path = "#/components/schemas/";

// Any route may be given these: a path or query that is malformed, rules of tokens, and too much to
// do or a node that stops.
constexpr std::string_view common_refusals = "400 401 403 429 503";

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find(' ', begin), text.size());
    if (end > begin)
      words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

std::string small_name(http_method x) {
  std::string text{to_string(x)};
  for (auto& letter : text)
    letter = static_cast<char>(letter - 'A' + 'a');
  return text;
}

/// Calls `change` with every reference in it.
template <class Change>
void for_each_reference(json& x, const Change& change) {
  if (x.is_object())
    if (auto reference = x.find("$ref"); reference != x.end() && reference->is_string())
      change(*reference);
  if (x.is_structured())
    for (auto& part : x)
      for_each_reference(part, change);
}

// -- collections ---------------------------------------------------------------------------------

bool speaks_of_records(std::string_view schema) {
  return schema.starts_with("record") || schema == "batch_change";
}

// No name of a schema above has a dot.
std::string schema_name(const std::string& collection, std::string_view schema) {
  return schema == "record"
           ? "of." + collection
           : "of." + collection + "." + std::string{schema.substr(schema.find('_') + 1)};
}

/// Makes what is said of any record speak of a collection's.
void speak_of(json& x, const std::string& collection) {
  for_each_reference(x, [&](json& reference) {
    const auto text = reference.get<std::string>();
    const auto name = std::string_view{text}.substr(schemas_path.size());
    if (speaks_of_records(name))
      reference = std::string{schemas_path} + schema_name(collection, name);
  });
}

/// The collection's schema with the members that every record has, at its place in the document.
json fields_schema(const collection_declaration& declared, const json& any_fields) {
  auto schema = json::parse(declared.schema.empty() ? "{}" : declared.schema, nullptr, false);
  if (!schema.is_object())
    schema = json::object();
  for (const auto* key : {"$schema", "$id", "id"})
    schema.erase(key);
  const auto place = std::string{schemas_path} + schema_name(declared.name, "record_fields");
  for_each_reference(schema, [&](json& reference) {
    if (const auto text = reference.get<std::string>(); text.starts_with('#'))
      reference = place + text.substr(1);
  });
  json result{{"type", "object"}};
  result.update(schema);
  auto properties = any_fields.at("properties");
  if (auto own = schema.find("properties"); own != schema.end() && own->is_object())
    for (const auto& [name, property] : own->items())
      if (!properties.contains(name))
        properties[name] = property;
  result["properties"] = std::move(properties);
  return result;
}

void add_schemas(json& schemas, const collection_declaration& declared) {
  const auto& any = openapi_components().at("schemas");
  for (const auto& [name, schema] : any.items())
    if (speaks_of_records(name)) {
      auto own = name == "record_fields" ? fields_schema(declared, schema) : schema;
      if (name != "record_fields")
        speak_of(own, declared.name);
      schemas[schema_name(declared.name, name)] = std::move(own);
    }
}

// -- routes --------------------------------------------------------------------------------------

json refusal(int status) {
  json x{{"description", reason_phrase(status)},
         {"content",
          {{"application/problem+json",
            {{"schema", {{"$ref", std::string{schemas_path} + "problem"}}}}}}}};
  if (status == 429 || status == 503)
    x["headers"] = {{"Retry-After", {{"$ref", "#/components/headers/Retry-After"}}}};
  return x;
}

json parameters_of(const described_route& route) {
  const auto& known = openapi_components();
  json list = json::array();
  for (auto rest = route.pattern; rest.find('{') != std::string_view::npos;) {
    rest.remove_prefix(rest.find('{') + 1);
    const std::string name{rest.substr(0, rest.find('}'))};
    json x{{"name", name}, {"in", "path"}, {"required", true}};
    x.update(known.at("path_parameters").at(name));
    list.push_back(std::move(x));
  }
  for (const auto name : words_of(route.text.parameters))
    list.push_back({{"$ref", "#/components/parameters/" + std::string{name}}});
  return list;
}

json responses_of(const route_text& text) {
  json responses = json::object();
  for (const auto word : words_of(text.answers))
    responses[std::string{word.substr(0, 3)}]
      = openapi_components().at("answers").at(std::string{word.substr(4)});
  for (const auto list : {common_refusals, text.refusals})
    for (const auto word : words_of(list))
      responses[std::string{word}] = refusal(std::stoi(std::string{word}));
  return responses;
}

json operation_of(const described_route& route) {
  const auto& text = route.text;
  json x{{"tags", {text.group}}, {"operationId", text.name}, {"summary", text.summary}};
  if (auto parameters = parameters_of(route); !parameters.empty())
    x["parameters"] = std::move(parameters);
  if (!text.body.empty())
    x["requestBody"] = openapi_components().at("bodies").at(std::string{text.body});
  x["responses"] = responses_of(text);
  return x;
}

void add_route(json& paths, const described_route& route,
               const std::vector<stored_collection>& collections) {
  constexpr std::string_view any_collection = "{collection}";
  const auto at = route.pattern.find(any_collection);
  const auto method = small_name(route.method);
  const auto any = operation_of(route);
  if (at == std::string_view::npos || collections.empty()) {
    paths[std::string{route.pattern}][method] = any;
    return;
  }
  for (const auto& collection : collections) {
    const auto& name = collection.declaration.name;
    auto own = any;
    own["operationId"] = std::string{route.text.name} + "_of_" + name;
    auto& parameters = own["parameters"];
    parameters.erase(0); // the collection, which is the first name in the path
    if (parameters.empty())
      own.erase("parameters");
    speak_of(own, name);
    auto path = std::string{route.pattern};
    path.replace(at, any_collection.size(), name);
    paths[path][method] = std::move(own);
  }
}

} // namespace

json openapi_document(std::span<const described_route> routes,
                      const std::vector<stored_collection>& collections) {
  const auto& known = openapi_components();
  json paths = json::object();
  for (const auto& route : routes)
    add_route(paths, route, collections);
  json schemas = json::object();
  for (const auto& [name, schema] : known.at("schemas").items())
    if (collections.empty() || !speaks_of_records(name))
      schemas[name] = schema;
  for (const auto& collection : collections)
    add_schemas(schemas, collection.declaration);
  return {
    {"openapi", "3.1.0"},
    {"info",
     {{"title", "Troupe"},
      {"version", "1"},
      {"summary", "Jobs, workers and records over HTTP."},
      {"description", about}}},
    {"servers", {{{"url", "/"}}}},
    {"security", {{{"token", json::array()}}, json::object()}},
    {"tags",
     {{{"name", "records"}, {"description", "Collections of JSON records."}},
      {{"name", "jobs"}, {"description", "Queues and the jobs in them."}},
      {{"name", "cluster"}, {"description", "What is going on."}},
      {{"name", "node"}, {"description", "The process that answers."}}}},
    {"paths", std::move(paths)},
    {"components",
     {{"securitySchemes",
       {{"token",
         {{"type", "http"},
          {"scheme", "bearer"},
          {"description", "A token of `troupe token`; none is needed where none is asked for."}}}}},
      {"parameters", known.at("parameters")},
      {"headers", known.at("headers")},
      {"schemas", std::move(schemas)}}}};
}

} // namespace troupe
