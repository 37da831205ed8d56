// SPDX-License-Identifier: Apache-2.0
#include "actors/schema_survey.hpp"

#include <nlohmann/json.hpp>

#include "actors/uri_reference.hpp"

namespace troupe {

namespace {

// Bounds the memory that the places of many schemas below long names take.
constexpr std::size_t pointer_bytes_max = 4096;

constexpr std::string_view wrong_schema_prefix = "schema ";

} // namespace

tl::unexpected<error> wrong_schema(const std::string& pointer, const std::string& what) {
  return failure(errc::invalid_argument,
                 (pointer.empty() ? "the schema" : std::string{wrong_schema_prefix} + pointer)
                   + ": " + what);
}

std::string_view place_of_wrong_schema(std::string_view text) {
  if (!text.starts_with(wrong_schema_prefix))
    return {};
  text.remove_prefix(wrong_schema_prefix.size());
  return text.substr(0, text.find(": "));
}

/// Walks over the schemas, then leads the references to their ends.
class schema_surveyor {
public:
  result<void> enter(const json_value& schema, const std::string& pointer, const std::string& base);
  result<void> resolve_all();

  schema_survey made;

private:
  result<void> check_draft(const json_value& schema, const std::string& pointer);
  result<void> check_keywords(const json_value& schema, const std::string& pointer) const;
  result<std::string> take_names(const json_value& schema, const std::string& pointer,
                                 const std::string& base);
  result<void> name(const std::string& uri, const std::string& pointer, std::size_t schema);
  result<void> enter_children(const json_value& schema, const std::string& pointer,
                              const std::string& base);
  result<std::size_t> resolve(std::size_t from, const char* keyword) const;
  result<std::size_t> resolve_recursive(std::size_t from) const;

  std::vector<std::string> bases_;                          // of each schema
  std::map<std::string, std::size_t> names_;                // "uri" of documents, "uri#anchor"
  std::map<std::string, std::vector<std::size_t>> dynamic_; // schemas by $dynamicAnchor; "": by
                                                            // $recursiveAnchor
};

result<void> schema_surveyor::enter(const json_value& schema, const std::string& pointer,
                                    const std::string& base) {
  if (pointer.size() > pointer_bytes_max)
    return wrong_schema(pointer.substr(0, 60) + "...", "the names on the way here are too long");
  if (!schema.is_object() && !schema.is_boolean())
    return wrong_schema(pointer, std::string{"a schema must be an object, true or false, not "}
                                   + schema.type_name());
  made.places_.emplace(pointer, made.schemas_.size());
  made.schemas_.push_back({pointer, &schema});
  bases_.push_back(base);
  if (pointer.empty())
    names_.emplace(base, 0);
  if (schema.is_boolean())
    return {};
  if (auto checked
      = check_draft(schema, pointer).and_then([&] { return check_keywords(schema, pointer); });
      !checked)
    return checked;
  auto own_base = take_names(schema, pointer, base);
  if (!own_base)
    return tl::unexpected<error>{own_base.error()};
  return enter_children(schema, pointer, *own_base);
}

result<void> schema_surveyor::check_draft(const json_value& schema, const std::string& pointer) {
  const auto named = schema.find("$schema");
  if (named == schema.end())
    return {};
  const auto uri = named->is_string() ? named->get<std::string>() : std::string{};
  const auto draft = schema_draft_of(uri);
  if (!draft)
    return wrong_schema(pointer + "/$schema",
                        "'" + uri
                          + "' is not supported; expected draft 7 "
                            "(http://json-schema.org/draft-07/schema#), 2019-09 or 2020-12 "
                            "(https://json-schema.org/draft/2020-12/schema)");
  if (pointer.empty())
    made.draft_ = *draft;
  else if (*draft != made.draft_)
    return wrong_schema(pointer + "/$schema", "a part has the draft of the whole");
  return {};
}

result<void> schema_surveyor::check_keywords(const json_value& schema,
                                             const std::string& pointer) const {
  for (const auto& [name, value] : schema.items())
    if (auto problem = keyword_problem(made.draft_, name, value); !problem.empty())
      return wrong_schema(pointer + "/" + pointer_step(name), problem);
  return {};
}

result<void> schema_surveyor::name(const std::string& uri, const std::string& pointer,
                                   std::size_t schema) {
  const auto [known, added] = names_.emplace(uri, schema);
  if (!added && known->second != schema)
    return wrong_schema(pointer, "another schema has this name");
  return {};
}

/// Remembers the schema's names; returns what references in it are relative to.
result<std::string> schema_surveyor::take_names(const json_value& schema,
                                                const std::string& pointer,
                                                const std::string& base) {
  const auto index = made.schemas_.size() - 1;
  auto& surveyed = made.schemas_.back();
  surveyed.refers_only = made.draft_ == schema_draft::draft_7 && schema.contains("$ref");
  auto own = base;
  if (const auto id = schema.find("$id"); id != schema.end() && !surveyed.refers_only) {
    const auto given = uri_reference::parse(id->get_ref<const std::string&>());
    const auto anchor = given.fragment.value_or("");
    const auto later
      = made.draft_ == schema_draft::draft_2019_09 || made.draft_ == schema_draft::draft_2020_12;
    if (later && !anchor.empty())
      return wrong_schema(pointer + "/$id", "takes no part behind '#'; that is an $anchor");
    own = given.resolved(uri_reference::parse(base)).document();
    bases_.back() = own;
    const bool is_document = !id->get_ref<const std::string&>().starts_with('#');
    if (is_document)
      if (auto named = name(own, pointer + "/$id", index); !named)
        return tl::unexpected<error>{named.error()};
    if (!anchor.empty())
      if (auto named = name(own + "#" + anchor, pointer + "/$id", index); !named)
        return tl::unexpected<error>{named.error()};
  }
  for (const auto* keyword : {"$anchor", "$dynamicAnchor"})
    if (const auto anchor = schema.find(keyword); anchor != schema.end()) {
      const auto& text = anchor->get_ref<const std::string&>();
      if (auto named = name(own + "#" + text, pointer + "/" + keyword, index); !named)
        return tl::unexpected<error>{named.error()};
      if (std::string_view{keyword} == "$dynamicAnchor")
        dynamic_[text].push_back(index);
    }
  if (schema.value("$recursiveAnchor", false))
    dynamic_[""].push_back(index);
  return own;
}

result<void> schema_surveyor::enter_children(const json_value& schema, const std::string& pointer,
                                             const std::string& base) {
  for (const auto& [name, value] : schema.items()) {
    const auto* keyword = find_schema_keyword(name);
    if (keyword == nullptr)
      continue;
    const auto here = pointer + "/" + pointer_step(name);
    std::vector<std::pair<const json_value*, std::string>> children;
    const auto kind = keyword->value;
    if (kind == keyword_value::schema
        || (kind == keyword_value::schema_or_list && !value.is_array()))
      children.emplace_back(&value, here);
    else if (kind == keyword_value::schemas || kind == keyword_value::schema_or_list)
      for (std::size_t i = 0; i < value.size(); ++i)
        children.emplace_back(&value[i], here + "/" + std::to_string(i));
    else if (kind == keyword_value::named_schemas || kind == keyword_value::dependencies)
      for (const auto& [key, child] : value.items())
        if (kind != keyword_value::dependencies || !child.is_array())
          children.emplace_back(&child, here + "/" + pointer_step(key));
    for (const auto& [child, where] : children)
      if (auto entered = enter(*child, where, base); !entered)
        return entered;
  }
  return {};
}

/// Where a reference leads.
result<std::size_t> schema_surveyor::resolve(std::size_t from, const char* keyword) const {
  const auto& schema = made.schemas_[from];
  const auto text = schema.source->at(keyword).get<std::string>();
  const auto uri = uri_reference::parse(text).resolved(uri_reference::parse(bases_[from]));
  const auto where = schema.pointer + "/" + keyword;
  const auto document = names_.find(uri.document());
  if (document == names_.end())
    return wrong_schema(where, "'" + text
                                 + "' leads out of this schema: nothing is fetched, only "
                                   "references to what stands in it are supported");
  const auto fragment = percent_decoded(uri.fragment.value_or(""));
  if (fragment.empty())
    return document->second;
  if (fragment.front() != '/') {
    const auto anchor = names_.find(uri.document() + "#" + fragment);
    if (anchor != names_.end())
      return anchor->second;
  } else {
    const auto place = made.places_.find(made.schemas_[document->second].pointer + fragment);
    if (place != made.places_.end())
      return place->second;
  }
  return wrong_schema(where, "no schema is at '" + text + "'");
}

/// Such a reference leads to the outermost schema on the way here that has the anchor: which one
/// that is can be told only if there is no other.
result<std::size_t> schema_surveyor::resolve_recursive(std::size_t from) const {
  const auto& schema = made.schemas_[from];
  const bool dynamic = schema.source->contains("$dynamicRef");
  const auto* keyword = dynamic ? "$dynamicRef" : "$recursiveRef";
  const auto end = resolve(from, keyword);
  if (!end)
    return end;
  std::string anchor;
  if (dynamic) {
    const auto text = schema.source->at(keyword).get<std::string>();
    anchor = percent_decoded(uri_reference::parse(text).fragment.value_or(""));
  }
  const auto candidates = dynamic_.find(anchor);
  if (candidates == dynamic_.end() || candidates->second.size() < 2)
    return end;
  for (const auto candidate : candidates->second)
    if (candidate == *end)
      return wrong_schema(schema.pointer + "/" + keyword,
                          "several schemas have this anchor, and which one is meant depends on the "
                          "way here, which is not supported");
  return end;
}

result<void> schema_surveyor::resolve_all() {
  for (std::size_t i = 0; i < made.schemas_.size(); ++i) {
    const auto* source = made.schemas_[i].source;
    if (source->is_boolean())
      continue;
    if (source->contains("$ref")) {
      auto end = resolve(i, "$ref");
      if (!end)
        return tl::unexpected<error>{end.error()};
      made.schemas_[i].reference = *end;
    }
    if (source->contains("$dynamicRef") || source->contains("$recursiveRef")) {
      auto end = resolve_recursive(i);
      if (!end)
        return tl::unexpected<error>{end.error()};
      made.schemas_[i].recursive = *end;
    }
  }
  return {};
}

result<schema_survey> schema_survey::of(const json_value& root) {
  schema_surveyor surveyor;
  if (auto entered = surveyor.enter(root, "", ""); !entered)
    return tl::unexpected<error>{entered.error()};
  if (auto resolved = surveyor.resolve_all(); !resolved)
    return tl::unexpected<error>{resolved.error()};
  return std::move(surveyor.made);
}

} // namespace troupe
