// SPDX-License-Identifier: Apache-2.0
#include "actors/schema_translation.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "actors/schema_survey.hpp"

namespace troupe {

namespace {

// What is said in another way, or has no meaning inside of another document. `default` is a note
// that fills nothing in, but generators of clients take it for a promise that the member is there.
constexpr std::array<std::string_view, 16> told_otherwise{
  {"$schema", "$id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary", "$comment",
   "$defs", "definitions", "$ref", "$dynamicRef", "$recursiveRef", "items", "additionalItems",
   "dependencies", "default"}};

class schema_translator {
public:
  schema_translator(const schema_survey& survey, const part_reference& reference)
      : survey_{survey},
        reference_{reference} {}

  translated_schema run();

private:
  void name_parts();
  json_value refer(std::size_t target) const;
  json_value told(std::size_t schema) const;
  json_value tell(std::size_t schema) const;
  json_value child(const std::string& pointer) const { return told(survey_.at(pointer)); }
  void tell_references(const surveyed_schema& schema, json_value& into) const;
  void tell_items(const surveyed_schema& schema, json_value& into) const;
  void tell_dependencies(const surveyed_schema& schema, json_value& into) const;
  json_value tell_value(const json_value& value, const schema_keyword* keyword,
                        const std::string& pointer) const;

  const schema_survey& survey_;
  const part_reference& reference_;
  std::map<std::size_t, std::string> names_;
  bool opens_ = true; // nobody asks which members were looked at
};

/// A name out of the last step of the pointer.
std::string part_name(const std::string& pointer) {
  std::string name;
  for (const auto x : pointer.substr(pointer.rfind('/') + 1))
    name += (x >= '0' && x <= '9') || (x >= 'A' && x <= 'Z') || (x >= 'a' && x <= 'z') || x == '-'
              ? x
              : '_';
  return name.empty() ? "part" : name;
}

void schema_translator::name_parts() {
  std::set<std::string> taken;
  for (const auto& schema : survey_.schemas())
    for (const auto target : {schema.reference, schema.recursive}) {
      if (target == surveyed_schema::none || target == 0 || names_.contains(target))
        continue;
      const auto plain = part_name(survey_.schemas()[target].pointer);
      auto name = plain;
      for (int i = 2; !taken.insert(name).second; ++i)
        name = plain + "_" + std::to_string(i);
      names_.emplace(target, name);
    }
}

translated_schema schema_translator::run() {
  name_parts();
  opens_ = std::none_of(survey_.schemas().begin(), survey_.schemas().end(), [](const auto& x) {
    return x.source->is_object() && x.source->contains("unevaluatedProperties");
  });
  translated_schema made{tell(0), {}};
  for (const auto& [schema, name] : names_)
    made.parts.emplace_back(name, tell(schema));
  return made;
}

json_value schema_translator::refer(std::size_t target) const {
  return {{"$ref", reference_(target == 0 ? std::string{} : names_.at(target))}};
}

json_value schema_translator::told(std::size_t schema) const {
  return schema == 0 || names_.contains(schema) ? refer(schema) : tell(schema);
}

json_value schema_translator::tell(std::size_t index) const {
  const auto& schema = survey_.schemas()[index];
  const auto& source = *schema.source;
  if (source.is_boolean())
    return source;
  auto made = json_value::object();
  if (schema.refers_only)
    return refer(schema.reference);
  for (const auto& [name, value] : source.items())
    if (std::find(told_otherwise.begin(), told_otherwise.end(), name) == told_otherwise.end())
      made[name]
        = tell_value(value, find_schema_keyword(name), schema.pointer + "/" + pointer_step(name));
  tell_references(schema, made);
  tell_items(schema, made);
  tell_dependencies(schema, made);
  if (opens_ && made.contains("properties") && !made.contains("additionalProperties"))
    made["additionalProperties"] = true;
  return made;
}

json_value schema_translator::tell_value(const json_value& value, const schema_keyword* keyword,
                                         const std::string& pointer) const {
  const auto kind = keyword == nullptr ? keyword_value::anything : keyword->value;
  if (kind == keyword_value::schema)
    return child(pointer);
  if (kind == keyword_value::schemas) {
    auto list = json_value::array();
    for (std::size_t i = 0; i < value.size(); ++i)
      list.push_back(child(pointer + "/" + std::to_string(i)));
    return list;
  }
  if (kind != keyword_value::named_schemas)
    return value;
  auto named = json_value::object();
  for (const auto& [name, each] : value.items())
    named[name] = child(pointer + "/" + pointer_step(name));
  return named;
}

void schema_translator::tell_references(const surveyed_schema& schema, json_value& into) const {
  if (schema.reference != surveyed_schema::none)
    into.update(refer(schema.reference));
  if (schema.recursive == surveyed_schema::none)
    return;
  if (schema.reference == surveyed_schema::none)
    into.update(refer(schema.recursive));
  else
    into["allOf"].push_back(refer(schema.recursive));
}

void schema_translator::tell_items(const surveyed_schema& schema, json_value& into) const {
  const auto items = schema.source->find("items");
  if (items == schema.source->end())
    return;
  const auto pointer = schema.pointer + "/items";
  if (!items->is_array()) {
    into["items"] = child(pointer);
    return;
  }
  for (std::size_t i = 0; i < items->size(); ++i)
    into["prefixItems"].push_back(child(pointer + "/" + std::to_string(i)));
  if (schema.source->contains("additionalItems"))
    into["items"] = child(schema.pointer + "/additionalItems");
}

void schema_translator::tell_dependencies(const surveyed_schema& schema, json_value& into) const {
  const auto found = schema.source->find("dependencies");
  if (found == schema.source->end())
    return;
  for (const auto& [name, value] : found->items())
    if (value.is_array())
      into["dependentRequired"][name] = value;
    else
      into["dependentSchemas"][name]
        = child(schema.pointer + "/dependencies/" + pointer_step(name));
}

} // namespace

result<translated_schema> translate_schema(const json_value& schema,
                                           const part_reference& reference) {
  auto survey = schema_survey::of(schema);
  if (!survey)
    return tl::unexpected<error>{survey.error()};
  return schema_translator{*survey, reference}.run();
}

} // namespace troupe
