// SPDX-License-Identifier: Apache-2.0
#include "actors/schema_rewriter.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "actors/json_reader.hpp"

namespace troupe {

namespace {

using json = nlohmann::json;

constexpr std::array<std::string_view, 14> refused{
  {"patternProperties", "prefixItems", "unevaluatedItems", "unevaluatedProperties",
   "dependentSchemas", "dependentRequired", "minContains", "maxContains", "$dynamicRef",
   "$recursiveRef", "$anchor", "extends", "disallow", "divisibleBy"}};

// Keywords whose value is a schema, an array of schemas, or names with schemas.
constexpr std::array<std::string_view, 9> single{{"additionalProperties", "additionalItems",
                                                  "contains", "propertyNames", "items", "not", "if",
                                                  "then", "else"}};
constexpr std::array<std::string_view, 4> lists{{"allOf", "anyOf", "oneOf", "items"}};
constexpr std::array<std::string_view, 4> maps{
  {"properties", "definitions", "$defs", "dependencies"}};

// Of these, the schemas are applied to the same value as the one they stand in.
constexpr std::array<std::string_view, 8> in_place{
  {"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependencies"}};

// Schemas that are applied to one value, one in the other.
constexpr std::size_t chain_max = 200;

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view x) {
  return std::find(names.begin(), names.end(), x) != names.end();
}

tl::unexpected<error> broken(const std::string& pointer, const std::string& what) {
  return failure(errc::invalid_argument,
                 (pointer.empty() ? "the schema" : "schema " + pointer) + ": " + what);
}

/// Walks over all schemas in a schema, changes them, and remembers which is applied in which.
class schema_walk {
public:
  result<void> run(json& root);

private:
  result<void> enter(json& schema, const std::string& pointer);
  result<void> enter_children(json& schema, const std::string& pointer);
  result<void> check_keywords(const json& schema, const std::string& pointer);
  result<void> check_references() const;
  result<void> check_circles() const;

  // By pointer: the pointers of the schemas that it applies to the same value.
  std::map<std::string, std::vector<std::string>> positions_;
};

result<void> schema_walk::run(json& root) {
  return enter(root, "").and_then([this] { return check_references(); }).and_then([this] {
    return check_circles();
  });
}

void replace_keywords(json& schema) {
  for (const auto* name : {"format", "id", "$id", pattern_keyword, unique_keyword, closed_keyword})
    schema.erase(name);
  if (auto found = schema.find("pattern"); found != schema.end()) {
    schema[pattern_keyword] = *found;
    schema.erase("pattern");
  }
  if (auto found = schema.find("uniqueItems"); found != schema.end()) {
    if (*found == true)
      schema[unique_keyword] = true;
    schema.erase("uniqueItems");
  }
  // The validator does not say which member is one too many.
  if (auto found = schema.find("additionalProperties"); found != schema.end() && *found == false) {
    schema.erase("additionalProperties");
    auto names = json::array();
    if (schema.contains("properties"))
      for (const auto& [name, property] : schema["properties"].items())
        names.push_back(name);
    schema[closed_keyword] = std::move(names);
  }
}

result<void> schema_walk::check_keywords(const json& schema, const std::string& pointer) {
  for (const auto& [name, value] : schema.items())
    if (contains(refused, name))
      return broken(pointer + "/" + pointer_step(name), "this keyword is not supported");
  if (schema.contains("pattern") && !schema["pattern"].is_string())
    return broken(pointer + "/pattern", "must be a text");
  if (schema.contains("uniqueItems") && !schema["uniqueItems"].is_boolean())
    return broken(pointer + "/uniqueItems", "must be true or false");
  if (schema.contains("properties") && !schema["properties"].is_object())
    return broken(pointer + "/properties", "must be an object");
  if (schema.contains("multipleOf")
      && (!schema["multipleOf"].is_number() || schema["multipleOf"] <= 0))
    return broken(pointer + "/multipleOf", "must be a number above 0");
  if (!schema.contains("$ref"))
    return {};
  if (!schema["$ref"].is_string())
    return broken(pointer + "/$ref", "must be a text");
  const auto reference = schema["$ref"].get<std::string>();
  if (reference != "#" && !reference.starts_with("#/"))
    return broken(pointer + "/$ref", "'" + reference
                                       + "' leads out of this schema: only references that begin "
                                         "with '#/' are supported");
  positions_[pointer] = {reference.substr(1)};
  return {};
}

result<void> schema_walk::enter(json& schema, const std::string& pointer) {
  positions_[pointer];
  if (schema.is_boolean())
    return {};
  if (!schema.is_object())
    return broken(pointer, std::string{"a schema must be an object, true or false, not "}
                             + schema.type_name());
  return check_keywords(schema, pointer).and_then([&]() -> result<void> {
    replace_keywords(schema);
    return enter_children(schema, pointer);
  });
}

result<void> schema_walk::enter_children(json& schema, const std::string& pointer) {
  const bool refers = schema.contains("$ref"); // then the other keywords count for nothing
  for (auto& [name, value] : schema.items()) {
    std::vector<std::pair<json*, std::string>> children;
    const auto here = pointer + "/" + pointer_step(name);
    if (contains(lists, name) && value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i)
        children.emplace_back(&value[i], here + "/" + std::to_string(i));
    } else if (contains(maps, name) && value.is_object()) {
      for (auto& [key, child] : value.items())
        if (name != "dependencies" || !child.is_array())
          children.emplace_back(&child, here + "/" + pointer_step(key));
    } else if (contains(single, name)) {
      children.emplace_back(&value, here);
    } else if (contains(lists, name) || contains(maps, name)) {
      return broken(here, "not what this keyword takes");
    }
    for (auto& [child, where] : children) {
      if (auto entered = enter(*child, where); !entered)
        return entered;
      if (contains(in_place, name) && !refers)
        positions_[pointer].push_back(where);
    }
  }
  return {};
}

result<void> schema_walk::check_references() const {
  for (const auto& [pointer, inner] : positions_)
    if (!inner.empty() && !positions_.contains(inner.front()))
      return broken(pointer + "/$ref", "no schema is at '#" + inner.front() + "'");
  return {};
}

// Kahn's algorithm: takes away what nothing is left to apply, again and again; what cannot be taken
// goes round in circles.
result<void> schema_walk::check_circles() const {
  std::map<std::string_view, std::size_t> users;
  for (const auto& [pointer, applied] : positions_)
    for (const auto& inner : applied)
      ++users[inner];
  std::vector<std::pair<std::string_view, std::size_t>> ready; // and how deep it is applied
  std::map<std::string_view, std::size_t> depth;
  for (const auto& [pointer, applied] : positions_)
    if (!users.contains(pointer))
      ready.emplace_back(pointer, 1);
  std::size_t taken = 0;
  while (!ready.empty()) {
    const auto [pointer, length] = ready.back();
    ready.pop_back();
    ++taken;
    if (length > chain_max)
      return broken(std::string{pointer},
                    "more than " + std::to_string(chain_max) + " schemas apply to one value");
    for (const auto& inner : positions_.find(std::string{pointer})->second) {
      depth[inner] = std::max(depth[inner], length + 1);
      if (--users[inner] == 0)
        ready.emplace_back(inner, depth[inner]);
    }
  }
  if (taken < positions_.size())
    for (const auto& [pointer, count] : users)
      if (count > 0)
        return broken(std::string{pointer}, "goes round in circles without an end");
  return {};
}

} // namespace

result<void> rewrite_schema(nlohmann::json& schema) {
  return schema_walk{}.run(schema);
}

} // namespace troupe
