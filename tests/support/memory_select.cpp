// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_select.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "persistence/storage_engine.hpp"
#include "persistence/unicode_text.hpp"
#include "tests/support/memory_search.hpp"

namespace troupe::test {

namespace {

using json = nlohmann::ordered_json;

bool is_time(std::string_view field) {
  return field == "created_at" || field == "updated_at";
}

/// A field's value; nothing if it is missing. Times are texts, whose order is that of the times.
std::optional<json> value_of(const record& x, const std::string& field) {
  if (field == "id")
    return x.id;
  if (field == "version")
    return x.version;
  if (field == "created_at")
    return rfc3339(x.created_at);
  if (field == "updated_at")
    return rfc3339(x.updated_at);
  auto value = json::parse(x.fields);
  for (const auto& name : path_names(field).value_or(std::vector<std::string>{})) {
    if (!value.is_object() || !value.contains(name))
      return {};
    value = json(value[name]);
  }
  return value;
}

/// Integers of more than 63 bits are sorted as floating-point numbers.
bool is_double(const json& x) {
  return x.is_number_float()
         || (x.is_number_unsigned()
             && x.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()});
}

/// Long enough to hold both without rounding.
long double number_of(const json& x) {
  if (x.is_number_float())
    return static_cast<long double>(x.get<double>());
  return x.is_number_unsigned() ? static_cast<long double>(x.get<std::uint64_t>())
                                : static_cast<long double>(x.get<std::int64_t>());
}

bool same_type(const json& a, const json& b) {
  return (a.is_number() && b.is_number()) || (a.is_string() && b.is_string())
         || (a.is_boolean() && b.is_boolean()) || (a.is_null() && b.is_null());
}

/// -1, 0 or 1, of two numbers or two texts.
int compare(const json& a, const json& b) {
  if (a.is_number())
    return number_of(a) < number_of(b) ? -1 : number_of(a) > number_of(b) ? 1 : 0;
  const auto order = a.get<std::string>().compare(b.get<std::string>());
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

bool equals(const json& a, const json& b) {
  if (!same_type(a, b))
    return false;
  return a.is_number() || a.is_string() ? compare(a, b) == 0 : a == b;
}

json scalar_of(const std::string& text, const std::string& field) {
  auto x = json::parse(text, nullptr, false);
  if (x.is_discarded() || x.is_structured())
    refuse("no JSON scalar");
  if (is_time(field) && x.is_string() && x.get<std::string>().size() != 27)
    refuse("no time");
  return x;
}

bool ordered(filter_operator what, const json& a, const json& b) {
  if (!same_type(a, b) || a.is_boolean() || a.is_null())
    return false;
  const auto order = compare(a, b);
  return what == filter_operator::less         ? order < 0
         : what == filter_operator::less_equal ? order <= 0
         : what == filter_operator::greater    ? order > 0
                                               : order >= 0;
}

bool text_matches(filter_operator what, const std::string& value, const std::string& wanted) {
  if (what == filter_operator::contains)
    return value.find(wanted) != std::string::npos;
  const auto found = folded(value).find(folded(wanted));
  return what == filter_operator::iequal         ? folded(value) == folded(wanted)
         : what == filter_operator::istarts_with ? found == 0
                                                 : found != std::string::npos;
}

bool matches(const filter_step& step, const record& x) {
  if (!is_path(step.field))
    refuse("no path");
  const auto value = value_of(x, step.field);
  if (step.what == filter_operator::exists)
    return value && !value->is_null();
  std::vector<json> wanted;
  for (const auto& each : step.values)
    wanted.push_back(scalar_of(each, step.field));
  const auto is_wanted = [&](const json& each) { return value && equals(*value, each); };
  if (step.what == filter_operator::one_of)
    return std::any_of(wanted.begin(), wanted.end(), is_wanted);
  if (wanted.size() != 1)
    refuse("one value is wanted");
  const auto& only = wanted.front();
  switch (step.what) {
  case filter_operator::equal:
    return is_wanted(only);
  case filter_operator::not_equal:
    return value && !equals(*value, only);
  case filter_operator::has:
    return value && value->is_array()
           && std::any_of(value->begin(), value->end(),
                          [&](const json& each) { return equals(each, only); });
  case filter_operator::starts_with:
    return value && value->is_string() && only.is_string() && !is_time(step.field)
           && value->get<std::string>().starts_with(only.get<std::string>());
  case filter_operator::contains:
  case filter_operator::iequal:
  case filter_operator::istarts_with:
  case filter_operator::icontains:
    return value && value->is_string() && only.is_string() && !is_time(step.field)
           && text_matches(step.what, value->get<std::string>(), only.get<std::string>());
  case filter_operator::less:
  case filter_operator::less_equal:
  case filter_operator::greater:
  case filter_operator::greater_equal:
    return value && ordered(step.what, *value, only);
  default:
    refuse("no operator");
  }
}

bool matches(const std::vector<filter_step>& filter, const record& x) {
  std::vector<bool> stack;
  const auto pop = [&stack] {
    if (stack.empty())
      refuse("nothing to combine");
    const bool top = stack.back();
    stack.pop_back();
    return top;
  };
  for (const auto& step : filter) {
    if (step.what == filter_operator::both || step.what == filter_operator::either) {
      const bool right = pop();
      const bool left = pop();
      stack.push_back(step.what == filter_operator::both ? left && right : left || right);
    } else if (step.what == filter_operator::negation) {
      stack.push_back(!pop());
    } else {
      stack.push_back(matches(step, x));
    }
  }
  if (!filter.empty() && stack.size() != 1)
    refuse("conditions that nothing combines");
  return stack.empty() || stack.front();
}

/// Null, a number or a text, as it is sorted.
json sorted_as(const std::optional<json>& x) {
  if (!x || x->is_null())
    return nullptr;
  if (x->is_boolean())
    return x->get<bool>() ? 1 : 0;
  if (is_double(*x))
    return x->get<double>();
  return x->is_structured() ? json(x->dump()) : *x;
}

int rank_of(const json& x) {
  return x.is_null() ? 0 : x.is_number() ? 1 : 2;
}

int compare_places(const std::vector<json>& a, const std::vector<json>& b,
                   const std::vector<sort_key>& sort) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto order = rank_of(a[i]) - rank_of(b[i]);
    if (order == 0 && !a[i].is_null())
      order = compare(a[i], b[i]);
    if (order != 0)
      return i < sort.size() && sort[i].descending ? -order : order;
  }
  return 0;
}

} // namespace

bool is_path(std::string_view path) {
  return path_names(path) && std::none_of(path.begin(), path.end(), [](char x) {
           return static_cast<unsigned char>(x) < 0x20 || x == '"' || x == '\\' || x == 0x7f;
         });
}

memory_selection select_in_memory(const query_records& query,
                                  const std::map<std::string, record>& records,
                                  const std::vector<std::string>& searched) {
  std::map<std::string, std::int64_t> scores;
  if (!query.search.empty()) {
    if (searched.empty())
      refuse("the collection has no searched fields");
    scores = search_in_memory(query.search, records, searched);
  }
  const bool by_score = query.sort.empty() && !query.search.empty();
  // A record that is not there shows what is malformed when there is none.
  (void)matches(query.filter, record{"", 1, {}, {}, "{}"});
  std::vector<json> after;
  for (std::size_t i = 0; i < query.after.size(); ++i)
    after.push_back(
      sorted_as(scalar_of(query.after[i], i < query.sort.size() ? query.sort[i].field : "")));
  if (!after.empty() && after.size() != query.sort.size() + (by_score ? 2 : 1))
    refuse("no such place");

  std::vector<std::pair<std::vector<json>, const record*>> found;
  memory_selection answer;
  for (const auto& [id, x] : records) {
    if ((!query.search.empty() && !scores.contains(id)) || !matches(query.filter, x))
      continue;
    ++answer.count;
    std::vector<json> place;
    if (by_score)
      place.emplace_back(scores[id]);
    for (const auto& key : query.sort) {
      if (!is_path(key.field))
        refuse("no path");
      place.push_back(sorted_as(value_of(x, key.field)));
    }
    place.emplace_back(id);
    if (after.empty() || compare_places(place, after, query.sort) > 0)
      found.emplace_back(std::move(place), &x);
  }
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) {
    return compare_places(a.first, b.first, query.sort) < 0;
  });
  for (const auto& [place, x] : found) {
    auto& row = answer.rows.emplace_back();
    row.value = *x;
    for (const auto& key : place)
      row.place.push_back(key.dump());
  }
  return answer;
}

} // namespace troupe::test
