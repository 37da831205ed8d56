// SPDX-License-Identifier: Apache-2.0
#include "actors/schema_keywords.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "actors/decimal.hpp"
#include "actors/nearest_name.hpp"

namespace troupe {

namespace {

using takes = keyword_value;

constexpr unsigned in_7 = 1;
constexpr unsigned in_2019 = 2;
constexpr unsigned in_2020 = 4;
constexpr unsigned in_later = in_2019 | in_2020;
constexpr unsigned in_all = in_7 | in_later;

constexpr std::array<schema_keyword, 65> known_keywords{{
  {"$schema", in_all, takes::text},
  {"$id", in_all, takes::text},
  {"$ref", in_all, takes::text},
  {"$comment", in_all, takes::text},
  {"$anchor", in_later, takes::text},
  {"$defs", in_all, takes::named_schemas}, // of draft 7 by common use
  {"definitions", in_all, takes::named_schemas},
  {"$vocabulary", in_later, takes::anything},
  {"$dynamicRef", in_2020, takes::text},
  {"$dynamicAnchor", in_2020, takes::text},
  {"$recursiveRef", in_2019, takes::text},
  {"$recursiveAnchor", in_2019, takes::flag},
  // notes for people
  {"title", in_all, takes::text},
  {"description", in_all, takes::text},
  {"default", in_all, takes::anything},
  {"examples", in_all, takes::list},
  {"deprecated", in_later, takes::flag},
  {"readOnly", in_all, takes::flag},
  {"writeOnly", in_all, takes::flag},
  {"contentEncoding", in_all, takes::text},
  {"contentMediaType", in_all, takes::text},
  {"contentSchema", in_later, takes::schema},
  // any value
  {"type", in_all, takes::types},
  {"enum", in_all, takes::list},
  {"const", in_all, takes::anything},
  {"allOf", in_all, takes::schemas, true},
  {"anyOf", in_all, takes::schemas, true},
  {"oneOf", in_all, takes::schemas, true},
  {"not", in_all, takes::schema, true},
  {"if", in_all, takes::schema, true},
  {"then", in_all, takes::schema, true},
  {"else", in_all, takes::schema, true},
  // numbers and texts
  {"multipleOf", in_all, takes::positive},
  {"maximum", in_all, takes::number},
  {"exclusiveMaximum", in_all, takes::number},
  {"minimum", in_all, takes::number},
  {"exclusiveMinimum", in_all, takes::number},
  {"maxLength", in_all, takes::count},
  {"minLength", in_all, takes::count},
  {"pattern", in_all, takes::text},
  {"format", in_all, takes::text},
  // arrays
  {"prefixItems", in_2020, takes::schemas},
  {"items", in_all, takes::schema_or_list},
  {"additionalItems", in_7 | in_2019, takes::schema},
  {"contains", in_all, takes::schema},
  {"minContains", in_later, takes::count},
  {"maxContains", in_later, takes::count},
  {"maxItems", in_all, takes::count},
  {"minItems", in_all, takes::count},
  {"uniqueItems", in_all, takes::flag},
  {"unevaluatedItems", in_later, takes::schema},
  // objects
  {"properties", in_all, takes::named_schemas},
  {"patternProperties", in_all, takes::named_schemas},
  {"additionalProperties", in_all, takes::schema},
  {"propertyNames", in_all, takes::schema},
  {"required", in_all, takes::texts},
  {"maxProperties", in_all, takes::count},
  {"minProperties", in_all, takes::count},
  {"dependencies", in_all, takes::dependencies, true},
  {"dependentRequired", in_later, takes::named_texts},
  {"dependentSchemas", in_later, takes::named_schemas, true},
  {"unevaluatedProperties", in_later, takes::schema},
  // of older drafts, with what is meant today
  {"divisibleBy", 0, takes::anything},
  {"extends", 0, takes::anything},
  {"disallow", 0, takes::anything},
}};

constexpr std::array<std::string_view, 7> type_names{
  {"null", "boolean", "object", "array", "number", "string", "integer"}};

bool is_schema_value(const json_value& x) {
  return x.is_object() || x.is_boolean();
}

bool are_different_texts(const json_value& x) {
  std::set<std::string> seen;
  return x.is_array() && std::all_of(x.begin(), x.end(), [&](const json_value& each) {
           return each.is_string() && seen.insert(each.get<std::string>()).second;
         });
}

template <class Check>
bool are_all(const json_value& x, const Check& check) {
  return std::all_of(x.begin(), x.end(), check);
}

bool is_type_list(const json_value& x) {
  const auto is_type = [](const json_value& name) {
    return name.is_string()
           && std::find(type_names.begin(), type_names.end(), name.get<std::string>())
                != type_names.end();
  };
  return is_type(x) || (!x.empty() && are_different_texts(x) && are_all(x, is_type));
}

/// What the keyword takes, if this is none.
std::string expected_instead(keyword_value kind, const json_value& x) {
  const auto unless = [](bool right, const char* expected) {
    return right ? std::string{} : std::string{"must be "} + expected;
  };
  const auto is_dependency
    = [](const json_value& each) { return is_schema_value(each) || are_different_texts(each); };
  switch (kind) {
  case takes::text:
    return unless(x.is_string(), "a text");
  case takes::texts:
    return unless(are_different_texts(x), "a list of different texts");
  case takes::flag:
    return unless(x.is_boolean(), "true or false");
  case takes::number:
    return unless(x.is_number(), "a number");
  case takes::positive:
    return unless(x.is_number() && decimal::of(x) > decimal{}, "a number above 0");
  case takes::count:
    return unless(x.is_number() && decimal::of(x).is_integer() && !decimal::of(x).negative,
                  "a whole number from 0 on");
  case takes::types:
    return unless(is_type_list(x), "null, boolean, object, array, number, string or integer, or "
                                   "a list of some of these");
  case takes::list:
    return unless(x.is_array(), "a list");
  case takes::schema:
    return {}; // who enters it says what it is
  case takes::schemas:
    return unless(x.is_array() && !x.empty(), "a list of schemas, at least one");
  case takes::named_schemas:
    return unless(x.is_object(), "an object");
  case takes::named_texts:
    return unless(x.is_object() && are_all(x, are_different_texts),
                  "an object of lists of different texts");
  case takes::schema_or_list:
    return unless(is_schema_value(x) || x.is_array(), "a schema or a list of schemas");
  case takes::dependencies:
    return unless(x.is_object() && are_all(x, is_dependency),
                  "an object of schemas and of lists of different texts");
  case takes::anything:
    return {};
  }
  return {};
}

std::string unknown_keyword(schema_draft draft, std::string_view name) {
  std::vector<std::string> names;
  for (const auto& x : known_keywords)
    if ((x.drafts & static_cast<unsigned>(draft)) != 0)
      names.emplace_back(x.name);
  const auto near = nearest_name(name, names);
  return "this keyword is unknown"
         + (near.empty() ? std::string{"; names of your own begin with 'x-'"}
                         : "; did you mean '" + near + "'?");
}

std::string foreign_keyword(schema_draft draft, const schema_keyword& x) {
  if (x.name == "divisibleBy")
    return "this keyword of an old draft is not supported; it is called 'multipleOf' now";
  if (x.name == "extends")
    return "this keyword of an old draft is not supported; 'allOf' does it now";
  if (x.name == "disallow")
    return "this keyword of an old draft is not supported; 'not' does it now";
  std::string text{to_string(draft)};
  text += " does not know this keyword";
  if (x.name == "additionalItems")
    return text + "; it is 'items' beside 'prefixItems'";
  if (x.name == "prefixItems")
    return text + "; it is 'items' with a list";
  if ((x.drafts & static_cast<unsigned>(schema_draft::draft_2020_12)) != 0)
    return text + ", 2020-12 does: see $schema";
  return text;
}

} // namespace

std::optional<schema_draft> schema_draft_of(std::string_view uri) {
  if (uri.ends_with('#'))
    uri.remove_suffix(1);
  for (const std::string_view scheme : {"http://", "https://"})
    if (uri.starts_with(scheme))
      uri.remove_prefix(scheme.size());
  if (uri == "json-schema.org/draft-07/schema")
    return schema_draft::draft_7;
  if (uri == "json-schema.org/draft/2019-09/schema")
    return schema_draft::draft_2019_09;
  if (uri == "json-schema.org/draft/2020-12/schema")
    return schema_draft::draft_2020_12;
  return std::nullopt;
}

std::string_view to_string(schema_draft x) {
  switch (x) {
  case schema_draft::draft_7:
    return "draft 7";
  case schema_draft::draft_2019_09:
    return "2019-09";
  case schema_draft::draft_2020_12:
    return "2020-12";
  case schema_draft::any:
    return "JSON Schema";
  }
  return "";
}

const schema_keyword* find_schema_keyword(std::string_view name) {
  const auto* found = std::find_if(known_keywords.begin(), known_keywords.end(),
                                   [&](const auto& x) { return x.name == name; });
  return found == known_keywords.end() ? nullptr : found;
}

std::string keyword_problem(schema_draft draft, std::string_view name, const json_value& value) {
  if (name.starts_with("x-"))
    return {};
  const auto* keyword = find_schema_keyword(name);
  if (keyword == nullptr)
    return unknown_keyword(draft, name);
  if ((keyword->drafts & static_cast<unsigned>(draft)) == 0)
    return foreign_keyword(draft, *keyword);
  if (name == "items" && draft == schema_draft::draft_2020_12 && value.is_array())
    return "2020-12 takes one schema here; a list stands in 'prefixItems'";
  return expected_instead(keyword->value, value);
}

} // namespace troupe
