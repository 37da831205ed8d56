// SPDX-License-Identifier: Apache-2.0
#include "actors/schema_compiler.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "actors/nearest_name.hpp"

namespace troupe {

namespace {

// Schemas that are applied to one value, one in the other.
constexpr std::size_t schema_chain_max = 200;

constexpr std::size_t shown_values_max = 200;

unsigned type_bits(const json_value& name) {
  const auto& text = name.get_ref<const std::string&>();
  if (text == "null")
    return null_type;
  if (text == "boolean")
    return boolean_type;
  if (text == "object")
    return object_type;
  if (text == "array")
    return array_type;
  if (text == "string")
    return string_type;
  return text == "integer" ? integer_type : number_type;
}

/// Makes a node of each schema.
class schema_builder {
public:
  schema_builder(const schema_survey& survey, schema_formats formats)
      : survey_{survey},
        formats_{formats} {}

  result<schema_node> build(const surveyed_schema& schema);

private:
  const json_value* find(const char* keyword) const {
    const auto found = schema_->source->find(keyword);
    return found == schema_->source->end() ? nullptr : &*found;
  }

  schema_index child(const char* keyword) const {
    return find(keyword) == nullptr ? no_schema : survey_.at(pointer(keyword));
  }

  std::string pointer(const char* keyword) const { return schema_->pointer + "/" + keyword; }
  std::vector<schema_index> children(const char* keyword) const;

  template <class Map>
  void add_named(const char* keyword, Map& into) const;

  std::optional<std::uint64_t> count(const char* keyword) const;
  std::optional<decimal> number(const char* keyword) const;
  void add_values(schema_node& node) const;
  void add_applied(schema_node& node) const;
  void add_numbers(schema_node& node) const;
  void add_arrays(schema_node& node) const;
  void add_objects(schema_node& node) const;
  result<void> add_texts(schema_node& node) const;
  result<void> add_matching_members(schema_node& node) const;

  const schema_survey& survey_;
  schema_formats formats_;
  const surveyed_schema* schema_ = nullptr;
};

result<schema_node> schema_builder::build(const surveyed_schema& schema) {
  schema_ = &schema;
  schema_node node;
  if (schema.source->is_boolean()) {
    node.never = !schema.source->get<bool>();
    return node;
  }
  for (const auto end : {schema.reference, schema.recursive})
    if (end != surveyed_schema::none)
      node.all_of.push_back(end);
  if (schema.refers_only)
    return node;
  add_values(node);
  add_applied(node);
  add_numbers(node);
  add_arrays(node);
  add_objects(node);
  if (auto added = add_texts(node).and_then([&] { return add_matching_members(node); }); !added)
    return tl::unexpected<error>{added.error()};
  return node;
}

std::vector<schema_index> schema_builder::children(const char* keyword) const {
  std::vector<schema_index> list;
  if (const auto* found = find(keyword))
    for (std::size_t i = 0; i < found->size(); ++i)
      list.push_back(survey_.at(pointer(keyword) + "/" + std::to_string(i)));
  return list;
}

template <class Map>
void schema_builder::add_named(const char* keyword, Map& into) const {
  if (const auto* found = find(keyword))
    for (const auto& [name, value] : found->items())
      if (!value.is_array())
        into.emplace(name, survey_.at(pointer(keyword) + "/" + pointer_step(name)));
}

std::optional<std::uint64_t> schema_builder::count(const char* keyword) const {
  const auto* found = find(keyword);
  if (found == nullptr)
    return std::nullopt;
  if (found->is_number_integer())
    return found->get<std::uint64_t>();
  const auto x = found->get<double>(); // a whole one
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  return x < static_cast<double>(most) ? static_cast<std::uint64_t>(x) : most;
}

std::optional<decimal> schema_builder::number(const char* keyword) const {
  const auto* found = find(keyword);
  return found == nullptr ? std::nullopt : std::optional{decimal::of(*found)};
}

void schema_builder::add_values(schema_node& node) const {
  if (const auto* types = find("type")) {
    node.types = 0;
    if (types->is_string())
      node.types = type_bits(*types);
    else
      for (const auto& name : *types)
        node.types |= type_bits(name);
  }
  const auto* list = find("enum");
  if (list != nullptr) {
    node.values.emplace();
    for (const auto& value : *list) {
      node.values->insert(canonical_json(value));
      if (node.shown_values.size() < shown_values_max)
        node.shown_values += (node.shown_values.empty() ? "" : ", ") + value.dump();
      else if (!node.shown_values.ends_with("..."))
        node.shown_values += ", ...";
    }
  }
  if (const auto* value = find("const")) {
    const auto text = canonical_json(*value);
    const bool listed = !node.values || node.values->contains(text);
    node.values.emplace();
    if (listed) // else no value is both
      node.values->insert(text);
    node.shown_values = value->dump();
  }
  if (node.shown_values.size() > 2 * shown_values_max)
    node.shown_values = "the value in the schema";
}

void schema_builder::add_applied(schema_node& node) const {
  for (const auto x : children("allOf"))
    node.all_of.push_back(x);
  node.any_of = children("anyOf");
  node.one_of = children("oneOf");
  node.none_of = child("not");
  node.condition = child("if");
  if (node.condition == no_schema)
    return;
  node.if_true = child("then");
  node.if_false = child("else");
}

void schema_builder::add_numbers(schema_node& node) const {
  node.multiple_of = number("multipleOf");
  node.least = number("minimum");
  node.most = number("maximum");
  node.above = number("exclusiveMinimum");
  node.below = number("exclusiveMaximum");
}

result<void> schema_builder::add_texts(schema_node& node) const {
  node.length_min = count("minLength");
  node.length_max = count("maxLength");
  if (const auto* pattern = find("pattern")) {
    auto compiled = schema_pattern::compile(pattern->get_ref<const std::string&>());
    if (!compiled)
      return wrong_schema(pointer("pattern"), compiled.error().text);
    node.pattern.emplace(std::move(*compiled));
  }
  const auto* format = find("format");
  if (format == nullptr || formats_ == schema_formats::noted)
    return {};
  const auto& name = format->get_ref<const std::string&>();
  node.format = find_schema_format(name);
  if (node.format == nullptr && !name.starts_with("x-")) {
    const auto near = nearest_name(name, schema_format_names());
    return wrong_schema(pointer("format"), "the format '" + name.substr(0, 60) + "' is unknown"
                                             + (near.empty() ? "; names of your own begin with 'x-'"
                                                             : "; did you mean '" + near + "'?"));
  }
  if (node.format != nullptr && node.format->holds == nullptr)
    node.format = nullptr;
  return {};
}

void schema_builder::add_arrays(schema_node& node) const {
  node.items_min = count("minItems");
  node.items_max = count("maxItems");
  const auto* unique = find("uniqueItems");
  node.unique = unique != nullptr && unique->get<bool>();
  node.first_items = children("prefixItems");
  if (const auto* items = find("items"); items != nullptr && items->is_array()) {
    node.first_items = children("items");
    node.other_items = child("additionalItems");
  } else {
    node.other_items = child("items");
  }
  node.contained = child("contains");
  node.contained_min = count("minContains").value_or(1);
  node.contained_max = count("maxContains");
  node.contained_counts
    = survey_.draft() == schema_draft::draft_2020_12 || survey_.draft() == schema_draft::any;
  node.unevaluated_items = child("unevaluatedItems");
}

void schema_builder::add_objects(schema_node& node) const {
  node.members_min = count("minProperties");
  node.members_max = count("maxProperties");
  if (const auto* required = find("required"))
    node.required = required->get<std::vector<std::string>>();
  add_named("properties", node.members);
  node.other_members = child("additionalProperties");
  node.names = child("propertyNames");
  add_named("dependentSchemas", node.applied_with);
  add_named("dependencies", node.applied_with);
  for (const auto* keyword : {"dependentRequired", "dependencies"})
    if (const auto* found = find(keyword))
      for (const auto& [name, needed] : found->items())
        if (needed.is_array())
          for (const auto& each : needed)
            node.required_with[name].push_back(each.get<std::string>());
  node.unevaluated_members = child("unevaluatedProperties");
}

result<void> schema_builder::add_matching_members(schema_node& node) const {
  const auto* found = find("patternProperties");
  if (found == nullptr)
    return {};
  for (const auto& [name, value] : found->items()) {
    const auto where = pointer("patternProperties") + "/" + pointer_step(name);
    auto compiled = schema_pattern::compile(name);
    if (!compiled)
      return wrong_schema(where, compiled.error().text);
    node.matching_members.emplace_back(std::move(*compiled), survey_.at(where));
  }
  return {};
}

/// The schemas that a node applies to the value that it is applied to itself.
template <class Visit>
void for_each_in_place(const schema_node& x, const Visit& visit) {
  for (const auto* list : {&x.all_of, &x.any_of, &x.one_of})
    for (const auto inner : *list)
      visit(inner);
  for (const auto inner : {x.none_of, x.condition, x.if_true, x.if_false})
    if (inner != no_schema)
      visit(inner);
  for (const auto& [name, inner] : x.applied_with)
    visit(inner);
}

template <class Visit>
void for_each_within(const schema_node& x, const Visit& visit) {
  for (const auto inner : x.first_items)
    visit(inner);
  for (const auto& [name, inner] : x.members)
    visit(inner);
  for (const auto& [pattern, inner] : x.matching_members)
    visit(inner);
  for (const auto inner : {x.other_items, x.contained, x.unevaluated_items, x.other_members,
                           x.names, x.unevaluated_members})
    if (inner != no_schema)
      visit(inner);
}

/// Looks at which node applies which.
class schema_graph {
public:
  schema_graph(const schema_survey& survey, std::vector<schema_node>& nodes)
      : survey_{survey},
        nodes_{nodes} {}

  result<void> check_circles() const;
  void mark_shared();
  void mark_tracked();

private:
  const schema_survey& survey_;
  std::vector<schema_node>& nodes_;
};

// Kahn's algorithm: takes away what nothing is left to apply, again and again; what cannot be taken
// goes round in circles.
result<void> schema_graph::check_circles() const {
  std::vector<std::size_t> users(nodes_.size());
  std::vector<std::size_t> depth(nodes_.size(), 1); // how deep it is applied
  for (const auto& node : nodes_)
    for_each_in_place(node, [&](schema_index inner) { ++users[inner]; });
  std::vector<schema_index> ready;
  for (schema_index i = 0; i < nodes_.size(); ++i)
    if (users[i] == 0)
      ready.push_back(i);
  std::size_t taken = 0;
  for (; !ready.empty(); ++taken) {
    const auto next = ready.back();
    ready.pop_back();
    if (depth[next] > schema_chain_max)
      return wrong_schema(survey_.schemas()[next].pointer, "more than "
                                                             + std::to_string(schema_chain_max)
                                                             + " schemas apply to one value");
    for_each_in_place(nodes_[next], [&](schema_index inner) {
      depth[inner] = std::max(depth[inner], depth[next] + 1);
      if (--users[inner] == 0)
        ready.push_back(inner);
    });
  }
  for (schema_index i = 0; i < nodes_.size() && taken < nodes_.size(); ++i)
    if (users[i] > 0)
      return wrong_schema(survey_.schemas()[i].pointer, "goes round in circles without an end");
  return {};
}

void schema_graph::mark_shared() {
  std::vector<std::size_t> users(nodes_.size());
  const auto use = [&](schema_index inner) { ++users[inner]; };
  for (const auto& node : nodes_) {
    for_each_in_place(node, use);
    for_each_within(node, use);
  }
  for (schema_index i = 0; i < nodes_.size(); ++i)
    nodes_[i].shared = users[i] > 1;
}

void schema_graph::mark_tracked() {
  std::vector<schema_index> unread;
  const auto track = [&](schema_index x) {
    if (!nodes_[x].tracked)
      unread.push_back(x);
    nodes_[x].tracked = true;
  };
  for (schema_index i = 0; i < nodes_.size(); ++i)
    if (nodes_[i].unevaluated_items != no_schema || nodes_[i].unevaluated_members != no_schema)
      track(i);
  while (!unread.empty()) {
    const auto next = unread.back();
    unread.pop_back();
    for_each_in_place(nodes_[next], track);
  }
}

void add_canonical(std::string& text, const json_value& x) {
  if (x.is_string()) {
    const auto& content = x.get_ref<const std::string&>();
    text += '"' + std::to_string(content.size()) + ':' + content;
  } else if (x.is_number()) {
    text += decimal::of(x).text();
  } else if (x.is_array()) {
    text += '[';
    for (const auto& item : x) {
      add_canonical(text, item);
      text += ',';
    }
    text += ']';
  } else if (x.is_object()) {
    std::vector<std::pair<std::string_view, const json_value*>> members;
    for (const auto& [name, member] : x.items())
      members.emplace_back(name, &member);
    std::sort(members.begin(), members.end());
    text += '{';
    for (const auto& [name, member] : members) {
      text += std::to_string(name.size()) + ':';
      text += name;
      add_canonical(text, *member);
      text += ',';
    }
    text += '}';
  } else {
    text += x.dump();
  }
}

} // namespace

std::string canonical_json(const json_value& x) {
  std::string text;
  add_canonical(text, x);
  return text;
}

result<std::vector<schema_node>> compile_schemas(const schema_survey& survey,
                                                 schema_formats formats) {
  std::vector<schema_node> nodes;
  schema_builder builder{survey, formats};
  for (const auto& schema : survey.schemas()) {
    auto built = builder.build(schema);
    if (!built)
      return tl::unexpected<error>{built.error()};
    nodes.push_back(std::move(*built));
  }
  schema_graph graph{survey, nodes};
  if (auto checked = graph.check_circles(); !checked)
    return tl::unexpected<error>{checked.error()};
  graph.mark_shared();
  graph.mark_tracked();
  return nodes;
}

} // namespace troupe
