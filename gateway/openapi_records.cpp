// SPDX-License-Identifier: Apache-2.0
#include "gateway/openapi_records.hpp"

namespace troupe {

namespace {

constexpr std::string_view schemas_path = "#/components/schemas/";

// No name of a schema above has a dot.
std::string schema_name(const std::string& collection, std::string_view schema) {
  constexpr std::string_view prefix = "record";
  if (schema == prefix)
    return "of." + collection;
  if (schema.starts_with(prefix))
    schema.remove_prefix(prefix.size() + 1);
  return "of." + collection + "." + std::string{schema};
}

void add_properties(json& to, const json& from) {
  for (const auto& [name, property] : from.items())
    if (!to.contains(name))
      to[name] = property;
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
    add_properties(properties, *own);
  result["properties"] = std::move(properties);
  return result;
}

/// A member of which only a part may be there.
json part_of(const json& property) {
  if (!property.is_object() || !property.contains("properties"))
    return property.contains("$ref") ? json::object() : property;
  json result{{"type", "object"}, {"properties", json::object()}};
  if (property["properties"].is_object())
    for (const auto& [name, inner] : property["properties"].items())
      result["properties"][name] = part_of(inner);
  return result;
}

} // namespace

bool speaks_of_records(std::string_view schema) {
  return schema.starts_with("record") || schema == "batch_change";
}

void speak_of(json& x, const std::string& collection) {
  for_each_reference(x, [&](json& reference) {
    const auto text = reference.get<std::string>();
    if (!text.starts_with(schemas_path))
      return;
    const auto name = std::string_view{text}.substr(schemas_path.size());
    if (speaks_of_records(name))
      reference = std::string{schemas_path} + schema_name(collection, name);
  });
}

json part_schema(const json& fields, const json& any_part) {
  auto result = any_part;
  for (const auto& [name, property] : fields.at("properties").items())
    result["properties"][name] = part_of(property);
  return result;
}

void add_schemas(json& schemas, const collection_declaration& declared) {
  const auto& any = openapi_components().at("schemas");
  const auto fields = fields_schema(declared, any.at("record_fields"));
  for (const auto& [name, schema] : any.items()) {
    if (!speaks_of_records(name))
      continue;
    auto& own = schemas[schema_name(declared.name, name)];
    if (name == "record_fields")
      own = fields;
    else if (name == "record_part")
      own = part_schema(fields, schema);
    else
      speak_of(own = schema, declared.name);
  }
}

} // namespace troupe
