// SPDX-License-Identifier: Apache-2.0
#include "gateway/openapi_records.hpp"

#include "actors/schema_translation.hpp"

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

// Every record has them, and no schema counts them.
constexpr std::size_t own_members = 4;

void add_properties(json& to, const json& from) {
  for (const auto& [name, property] : from.items())
    if (!to.contains(name))
      to[name] = property;
}

/// Makes a schema of fields one of records: whatever it says of all members, it does not say of
/// those that every record has.
void let_own_members_in(json& schema, const json& own) {
  if (auto names = schema.find("propertyNames"); names != schema.end()) {
    auto own_names = json::array();
    for (const auto& [name, property] : own.items())
      own_names.push_back(name);
    *names = {{"anyOf", {{{"enum", own_names}}, *names}}};
  }
  if (auto most = schema.find("maxProperties"); most != schema.end())
    *most = most->get<double>() + own_members;
  if (auto required = schema.find("required"); required != schema.end()) {
    auto rest = json::array();
    for (const auto& name : *required)
      if (!own.contains(name.get<std::string>()))
        rest.push_back(name);
    *required = std::move(rest);
  }
  schema.erase("const");
  schema.erase("enum");
}

/// The collection's schema with the members that every record has. What its references lead to
/// becomes schemas of the document.
json fields_schema(json& schemas, const collection_declaration& declared, const json& any_fields) {
  const auto source = json::parse(declared.schema.empty() ? "{}" : declared.schema, nullptr, false);
  const auto place = std::string{schemas_path} + schema_name(declared.name, "record_fields");
  auto translated = translate_schema(
    source, [&](const std::string& part) { return part.empty() ? place : place + "." + part; });
  json own
    = translated && translated->whole.is_object() ? std::move(translated->whole) : json::object();
  if (translated)
    for (auto& [name, part] : translated->parts)
      schemas[schema_name(declared.name, "record_fields") + "." + name] = std::move(part);
  auto properties = any_fields.at("properties");
  let_own_members_in(own, properties);
  if (auto described = own.find("properties"); described != own.end())
    add_properties(properties, *described);
  json result{{"type", "object"}};
  result.update(own);
  result["properties"] = std::move(properties);
  if (!result.contains("additionalProperties") && !result.contains("unevaluatedProperties"))
    result["additionalProperties"] = true;
  return result;
}

bool is_closed(const json& schema) {
  return schema.value("additionalProperties", json()) == false
         || schema.contains("unevaluatedProperties");
}

/// A member of which only a part may be there.
json part_of(const json& property) {
  if (!property.is_object() || !property.contains("properties"))
    return property.contains("$ref") ? json::object() : property;
  json result{{"type", "object"}, {"properties", json::object()}};
  for (const auto& [name, inner] : property["properties"].items())
    result["properties"][name] = part_of(inner);
  if (!is_closed(property))
    result["additionalProperties"] = true;
  return result;
}

json or_null(json x) {
  return x.empty() ? x : json{{"anyOf", {std::move(x), {{"type", "null"}}}}};
}

/// What a merge patch may say of a member.
json patch_of(const json& property) {
  auto part = part_of(property);
  if (property.is_object() && property.contains("properties"))
    for (auto& [name, inner] : part["properties"].items())
      inner = or_null(patch_of(property["properties"][name]));
  return part;
}

/// A merge patch of records with these fields.
json patch_schema(const json& fields, const json& any_patch, const json& own) {
  auto result = any_patch;
  for (const auto& [name, property] : fields.at("properties").items())
    if (!own.contains(name))
      result["properties"][name] = or_null(patch_of(property));
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
  if (!is_closed(fields))
    result["additionalProperties"] = true;
  return result;
}

void add_schemas(json& schemas, const collection_declaration& declared) {
  const auto& any = openapi_components().at("schemas");
  const auto fields = fields_schema(schemas, declared, any.at("record_fields"));
  for (const auto& [name, schema] : any.items()) {
    if (!speaks_of_records(name))
      continue;
    auto& own = schemas[schema_name(declared.name, name)];
    if (name == "record_fields")
      own = fields;
    else if (name == "record_part")
      own = part_schema(fields, schema);
    else if (name == "record_patch")
      own = patch_schema(fields, schema, any.at("record_fields").at("properties"));
    else
      speak_of(own = schema, declared.name);
  }
}

} // namespace troupe
