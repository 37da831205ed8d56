// SPDX-License-Identifier: Apache-2.0
#include "actors/schema_check.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace troupe {

namespace {

// Schemas applied to values, in one check: a record has up to 20,000 values.
constexpr std::size_t schema_steps_max = 1'000'000;

// How deep the calls may go: a schema that names itself goes as deep as the record.
constexpr std::size_t schema_calls_max = 600;

unsigned type_of_value(const json_value& x) {
  switch (x.type()) {
  case json_value::value_t::null:
    return null_type;
  case json_value::value_t::boolean:
    return boolean_type;
  case json_value::value_t::object:
    return object_type;
  case json_value::value_t::array:
    return array_type;
  case json_value::value_t::string:
    return string_type;
  case json_value::value_t::number_integer:
  case json_value::value_t::number_unsigned:
    return integer_type;
  default:
    return decimal::of(x).is_integer() ? integer_type : fraction_type;
  }
}

std::string names_of_types(unsigned types) {
  std::string text;
  const auto add = [&](unsigned bits, const char* name) {
    if ((types & bits) == bits)
      text += (text.empty() ? "" : " or ") + std::string{name};
  };
  add(null_type, "null");
  add(boolean_type, "boolean");
  add(object_type, "object");
  add(array_type, "array");
  add(string_type, "string");
  if ((types & fraction_type) != 0)
    add(number_type, "number");
  else
    add(integer_type, "integer");
  return text;
}

std::string shown_number(const decimal& x) {
  if (x.exponent >= 0 && x.exponent < 20) {
    auto text = (x.negative ? "-" : "") + std::to_string(x.digits);
    return text.append(static_cast<std::size_t>(x.exponent), '0');
  }
  auto digits = std::to_string(x.digits);
  if (x.exponent >= 0 || x.exponent < -20)
    return x.text();
  const auto fraction = static_cast<std::size_t>(-x.exponent);
  if (digits.size() <= fraction)
    digits.insert(0, fraction + 1 - digits.size(), '0');
  digits.insert(digits.size() - fraction, ".");
  return (x.negative ? "-" : "") + digits;
}

std::uint64_t code_points(std::string_view text) {
  return static_cast<std::uint64_t>(std::count_if(text.begin(), text.end(), [](char x) {
    return (static_cast<unsigned char>(x) & 0xC0U) != 0x80;
  }));
}

void merge_seen(std::vector<bool>& into, const std::vector<bool>& from) {
  if (into.size() < from.size())
    into.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i)
    if (from[i])
      into[i] = true;
}

void mark_seen(std::vector<bool>& seen, std::size_t i, const json_value& of) {
  if (seen.empty())
    seen.resize(of.size());
  seen[i] = true;
}

std::string counted(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

} // namespace

schema_check::schema_check(const std::vector<schema_node>& nodes, const json_value* own_members,
                           std::size_t lines_max)
    : nodes_{nodes},
      own_members_{own_members},
      lines_max_{lines_max} {}

std::vector<std::string> schema_check::run(const json_value& value) {
  outermost_ = &value;
  const bool holds = apply(0, value, place{}, true, nullptr);
  if (given_up_ != nullptr)
    return {std::string{"the record: "} + given_up_};
  if (holds)
    return {};
  if (violations_ > lines_.size())
    lines_.push_back("and " + std::to_string(violations_ - lines_.size()) + " more");
  return std::move(lines_);
}

std::string schema_check::pointer_of(const place& at) {
  if (at.outer == nullptr)
    return {};
  return pointer_of(*at.outer) + "/"
         + (at.is_item ? std::to_string(at.index) : pointer_step(at.name));
}

bool schema_check::report_at(const place& at, bool loud, const std::string& what) {
  if (!loud)
    return false;
  if (++violations_ <= lines_max_) {
    auto pointer = pointer_of(at);
    lines_.push_back((pointer.empty() ? "the record" : pointer) + ": " + what);
  }
  return false;
}

bool schema_check::report(const subject& x, const std::string& what) {
  return report_at(x.at, x.loud, what);
}

bool schema_check::give_up(const char* why) {
  given_up_ = why;
  return false;
}

bool schema_check::apply(schema_index schema, const json_value& value, const place& at, bool loud,
                         looked_at* seen) {
  if (given_up_ != nullptr)
    return false;
  if (++steps_ > schema_steps_max)
    return give_up("its schema applies too many parts to too many values");
  if (depth_ == schema_calls_max)
    return give_up("its schema applies its parts too deep in one another");
  const auto& node = nodes_[schema];
  verdict* known = nullptr;
  if (node.shared) {
    known = &known_[&value][schema];
    // What was quietly found wrong is looked at once more if somebody wants to read why.
    if (!known->seen.empty() || known->loud || !known->holds) {
      if (known->holds && seen != nullptr)
        merge_seen(*seen, known->seen);
      if (known->holds || known->loud || !loud)
        return known->holds;
    }
  }
  looked_at own;
  ++depth_;
  const bool holds = judge({node, value, at, loud}, own);
  --depth_;
  if (holds && seen != nullptr)
    merge_seen(*seen, own);
  if (known != nullptr)
    *known = {holds, loud || holds, std::move(own)}; // what holds needs no second look
  return holds;
}

bool schema_check::judge(const subject& x, looked_at& seen) {
  if (x.node.never)
    return report(x, "the schema allows nothing here");
  bool holds = check_type(x);
  if (!holds && !x.loud)
    return false;
  if (x.value.is_number())
    holds = check_number(x) && holds;
  else if (x.value.is_string())
    holds = check_text(x) && holds;
  if (!holds && !x.loud)
    return false;
  holds = check_combinations(x, seen) && holds;
  if (!holds && !x.loud)
    return false;
  if (x.value.is_array())
    holds = check_array(x, seen) && holds;
  else if (x.value.is_object())
    holds = check_object(x, seen) && holds;
  return holds && check_unevaluated(x, seen);
}

bool schema_check::check_type(const subject& x) {
  if (x.node.types != any_type && (x.node.types & type_of_value(x.value)) == 0)
    return report(x, "must be " + names_of_types(x.node.types) + ", not "
                       + names_of_types(type_of_value(x.value) == fraction_type
                                          ? number_type
                                          : type_of_value(x.value)));
  if (x.node.values && !x.node.values->contains(canonical_json(x.value)))
    return report(x, x.node.shown_values.empty() ? "no value is allowed here"
                                                 : "must be " + x.node.shown_values);
  return true;
}

bool schema_check::check_number(const subject& x) {
  const auto& node = x.node;
  if (!node.least && !node.most && !node.above && !node.below && !node.multiple_of)
    return true;
  const auto number = decimal::of(x.value);
  if (node.least && number < *node.least)
    return report(x, "must be at least " + shown_number(*node.least));
  if (node.most && number > *node.most)
    return report(x, "must be at most " + shown_number(*node.most));
  if (node.above && number <= *node.above)
    return report(x, "must be above " + shown_number(*node.above));
  if (node.below && number >= *node.below)
    return report(x, "must be below " + shown_number(*node.below));
  if (node.multiple_of && !number.is_multiple_of(*node.multiple_of))
    return report(x, "must be a multiple of " + shown_number(*node.multiple_of));
  return true;
}

bool schema_check::check_text(const subject& x) {
  const auto& node = x.node;
  const auto& text = x.value.get_ref<const std::string&>();
  bool holds = true;
  if (node.length_min && code_points(text) < *node.length_min)
    holds = report(x, "must have at least " + counted(*node.length_min, "character", "characters"));
  if (node.length_max && code_points(text) > *node.length_max)
    holds = report(x, "must have at most " + counted(*node.length_max, "character", "characters"));
  if (node.pattern)
    holds = check_pattern(*node.pattern, x) && holds;
  if (node.format != nullptr && !node.format->holds(text))
    holds = report(x, "is no " + std::string{node.format->name});
  return holds;
}

bool schema_check::check_pattern(const schema_pattern& pattern, const subject& x) {
  const auto& text = x.value.get_ref<const std::string&>();
  if (text.size() > pattern.text_max())
    return report(x, "longer than " + std::to_string(pattern.text_max())
                       + " bytes, which is the most that this pattern is compared with");
  return pattern.matches(text) || report(x, "does not match the pattern '" + pattern.text() + "'");
}

bool schema_check::check_combinations(const subject& x, looked_at& seen) {
  const auto& node = x.node;
  auto* track = node.tracked ? &seen : nullptr;
  bool holds = true;
  for (const auto inner : node.all_of) {
    holds = apply(inner, x.value, x.at, x.loud, track) && holds;
    if (!holds && !x.loud)
      return false;
  }
  if (!node.any_of.empty() || !node.one_of.empty())
    holds = check_choices(x, seen) && holds;
  if (node.none_of != no_schema && apply(node.none_of, x.value, x.at, false, nullptr))
    holds = report(x, "is what the schema forbids with `not`");
  if (node.condition != no_schema) {
    const bool met = apply(node.condition, x.value, x.at, false, track);
    if (const auto then = met ? node.if_true : node.if_false; then != no_schema)
      holds = apply(then, x.value, x.at, x.loud, track) && holds;
  }
  if (x.value.is_object())
    for (const auto& [name, inner] : node.applied_with)
      if (has_member(x, name))
        holds = apply(inner, x.value, x.at, x.loud, track) && holds;
  return holds;
}

bool schema_check::check_choices(const subject& x, looked_at& seen) {
  const auto& node = x.node;
  auto* track = node.tracked ? &seen : nullptr;
  bool some = node.any_of.empty();
  for (const auto inner : node.any_of) {
    some = apply(inner, x.value, x.at, false, track) || some;
    if (some && track == nullptr)
      break;
  }
  if (!some)
    report(x, "is none of the " + counted(node.any_of.size(), "thing", "things")
                + " that `anyOf` allows");
  if (node.one_of.empty())
    return some;
  std::size_t matching = 0;
  for (const auto inner : node.one_of)
    matching += apply(inner, x.value, x.at, false, track) ? 1 : 0;
  if (matching == 1)
    return some;
  const auto choices = counted(node.one_of.size(), "thing", "things");
  return report(x, matching == 0 ? "is none of the " + choices + " that `oneOf` allows"
                                 : "is " + std::to_string(matching) + " of the " + choices
                                     + " of which `oneOf` allows one");
}

// -- arrays ---------------------------------------------------------------------------------------

bool schema_check::check_array(const subject& x, looked_at& seen) {
  const auto& node = x.node;
  bool holds = true;
  if (node.items_min && x.value.size() < *node.items_min)
    holds = report(x, "must have at least " + counted(*node.items_min, "item", "items"));
  if (node.items_max && x.value.size() > *node.items_max)
    holds = report(x, "must have at most " + counted(*node.items_max, "item", "items"));
  if (node.unique)
    holds = check_unique(x) && holds;
  if (!holds && !x.loud)
    return false;
  holds = check_items(x, seen) && holds;
  if (node.contained != no_schema && (holds || x.loud))
    holds = check_contained(x, seen) && holds;
  return holds;
}

bool schema_check::check_items(const subject& x, looked_at& seen) {
  const auto& node = x.node;
  bool holds = true;
  for (std::size_t i = 0; i < x.value.size(); ++i) {
    const auto schema = i < node.first_items.size() ? node.first_items[i] : node.other_items;
    if (schema == no_schema)
      break; // those behind have none, either
    if (node.tracked)
      mark_seen(seen, i, x.value);
    holds = apply(schema, x.value[i], {&x.at, {}, i, true}, x.loud, nullptr) && holds;
    if (!holds && !x.loud)
      return false;
  }
  return holds;
}

bool schema_check::check_contained(const subject& x, looked_at& seen) {
  const auto& node = x.node;
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < x.value.size(); ++i)
    if (apply(node.contained, x.value[i], {&x.at, {}, i, true}, false, nullptr)) {
      ++found;
      if (node.tracked && node.contained_counts)
        mark_seen(seen, i, x.value);
    }
  if (found < node.contained_min)
    return report(x, "must have at least " + counted(node.contained_min, "item", "items")
                       + " that `contains` describes");
  if (node.contained_max && found > *node.contained_max)
    return report(x, "must have at most " + counted(*node.contained_max, "item", "items")
                       + " that `contains` describes");
  return true;
}

bool schema_check::check_unique(const subject& x) {
  std::unordered_map<std::string, std::size_t> first;
  bool unique = true;
  for (std::size_t i = 0; i < x.value.size(); ++i) {
    const auto [known, added] = first.emplace(canonical_json(x.value[i]), i);
    if (added)
      continue;
    unique = report_at({&x.at, {}, i, true}, x.loud,
                       "the same as item " + std::to_string(known->second));
    if (!x.loud)
      return false;
  }
  return unique;
}

// -- objects --------------------------------------------------------------------------------------

bool schema_check::has_member(const subject& x, const std::string& name) const {
  return x.value.contains(name)
         || (&x.value == outermost_ && own_members_ != nullptr && own_members_->contains(name));
}

bool schema_check::need_members(const subject& x, const std::vector<std::string>& names) {
  bool holds = true;
  for (const auto& name : names)
    if (!has_member(x, name)) {
      holds = report_at({&x.at, name}, x.loud, "is missing");
      if (!x.loud)
        return false;
    }
  return holds;
}

bool schema_check::check_presence(const subject& x) {
  const auto& node = x.node;
  bool holds = true;
  if (node.members_min && x.value.size() < *node.members_min)
    holds = report(x, "must have at least " + counted(*node.members_min, "member", "members"));
  if (node.members_max && x.value.size() > *node.members_max)
    holds = report(x, "must have at most " + counted(*node.members_max, "member", "members"));
  holds = need_members(x, node.required) && holds;
  for (const auto& [name, needed] : node.required_with)
    if (has_member(x, name))
      holds = need_members(x, needed) && holds;
  return holds;
}

bool schema_check::check_object(const subject& x, looked_at& seen) {
  const bool holds = check_presence(x);
  if (!holds && !x.loud)
    return false;
  return check_members(x, seen) && holds;
}

bool schema_check::check_members(const subject& x, looked_at& seen) {
  const auto& node = x.node;
  bool holds = true;
  if (&x.value == outermost_ && own_members_ != nullptr)
    for (const auto& [name, member] : own_members_->items())
      if (const auto found = node.members.find(name);
          found != node.members.end() && !member.is_null())
        holds = apply(found->second, member, {&x.at, name}, x.loud, nullptr) && holds;
  if (node.members.empty() && node.matching_members.empty() && node.other_members == no_schema
      && node.names == no_schema)
    return holds;
  std::size_t i = 0;
  for (const auto& [name, member] : x.value.items()) {
    bool known = false;
    holds = check_member(x, name, member, known) && holds;
    if (known && node.tracked)
      mark_seen(seen, i, x.value);
    if (!holds && !x.loud)
      return false;
    ++i;
  }
  return holds;
}

/// `known`: some schema was for it.
bool schema_check::check_member(const subject& x, const std::string& name, const json_value& member,
                                bool& known) {
  const auto& node = x.node;
  const place at{&x.at, name};
  bool holds = true;
  if (node.names != no_schema && !apply(node.names, names_.emplace_back(name), at, false, nullptr))
    holds = report_at(at, x.loud, "the name is none that `propertyNames` allows");
  if (const auto found = node.members.find(name); found != node.members.end()) {
    known = true;
    holds = apply(found->second, member, at, x.loud, nullptr) && holds;
  }
  for (const auto& [pattern, schema] : node.matching_members) {
    if (name.size() > pattern.text_max())
      holds = report_at(at, x.loud, "the name is too long to be compared with a pattern");
    else if (pattern.matches(name)) {
      known = true;
      holds = apply(schema, member, at, x.loud, nullptr) && holds;
    }
  }
  if (known || node.other_members == no_schema)
    return holds;
  known = true;
  if (nodes_[node.other_members].never)
    return report_at(at, x.loud, "there is no such member");
  return apply(node.other_members, member, at, x.loud, nullptr) && holds;
}

bool schema_check::check_unevaluated(const subject& x, looked_at& seen) {
  const auto schema = x.value.is_array()    ? x.node.unevaluated_items
                      : x.value.is_object() ? x.node.unevaluated_members
                                            : no_schema;
  if (schema == no_schema)
    return true;
  seen.resize(x.value.size());
  bool holds = true;
  std::size_t i = 0;
  for (const auto& [name, part] : x.value.items()) {
    if (!seen[i]) {
      const place at{&x.at, name, i, x.value.is_array()};
      if (nodes_[schema].never)
        holds = report_at(at, x.loud,
                          x.value.is_array() ? "there is no such item" : "there is no such member");
      else
        holds = apply(schema, part, at, x.loud, nullptr) && holds;
      seen[i] = true;
    }
    ++i;
  }
  return holds;
}

} // namespace troupe
