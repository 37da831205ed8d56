// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/record_condition.hpp"

#include <utility>

#include "persistence/sqlite/record_paths.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe::sqlite {

namespace {

constexpr const char* never = "0";

// Of one filter: bounds the list after IN, and with it the marks of a statement.
constexpr std::size_t values_max = 10'000;

/// A part of the condition. It may be NULL for false, so a negation must ask IS NOT TRUE.
struct term {
  std::string sql;
  bool negated = false;
  std::size_t depth = 0; // of parentheses
};

std::string sql_of(term x) {
  return x.negated ? "((" + x.sql + ") IS NOT TRUE)" : std::move(x.sql);
}

// SQLite's parser has a small stack, on which what stands before an open parenthesis waits: the
// deeper operand goes first.
term combine(const char* with, term left, term right) {
  if (left.depth < right.depth)
    std::swap(left, right);
  const auto depth = left.depth + (left.negated ? 3 : 1);
  return {"(" + sql_of(std::move(left)) + with + sql_of(std::move(right)) + ")", false, depth};
}

const char* sign_of(filter_operator x) {
  switch (x) {
  case filter_operator::less:
    return " < ";
  case filter_operator::less_equal:
    return " <= ";
  case filter_operator::greater:
    return " > ";
  default:
    return " >= ";
  }
}

/// The conditions of one field.
class comparison {
public:
  comparison(const filter_step& step, bound_values& values)
      : step_{step},
        field_{sqlite::sql_of(step.field)},
        values_{values} {}

  std::string sql();

private:
  bool fits(json_kind kind) const;
  json_scalar scalar(const std::string& json) const;
  std::string is_there() const;
  std::string of_type(json_kind kind) const;
  std::string one_of();
  std::string ordered();
  std::string has();
  std::string starts_with();

  const filter_step& step_;
  field_sql field_;
  bound_values& values_;
};

bool comparison::fits(json_kind kind) const {
  switch (field_.place) {
  case field_place::id:
    return kind == json_kind::text;
  case field_place::version:
    return kind == json_kind::number;
  case field_place::time:
    return kind == json_kind::text;
  default:
    return true;
  }
}

json_scalar comparison::scalar(const std::string& json) const {
  auto x = read_scalar(json);
  if (field_.place == field_place::time && x.kind == json_kind::text)
    x.value = to_column(read_time(std::get<std::string>(x.value)));
  return x;
}

std::string comparison::is_there() const {
  return field_.place == field_place::json ? field_.type + " IS NOT NULL" : "1";
}

/// Whatever type a value has, `json_extract` may make the same of one of another type.
std::string comparison::of_type(json_kind kind) const {
  if (field_.place != field_place::json)
    return "1";
  switch (kind) {
  case json_kind::null:
    return field_.type + " = 'null'";
  case json_kind::boolean:
    return field_.type + " IN ('true', 'false')";
  case json_kind::number:
    return field_.type + " IN ('integer', 'real')";
  default:
    return field_.type + " = 'text'";
  }
}

std::string comparison::one_of() {
  std::string lists[4];
  for (const auto& json : step_.values) {
    const auto x = scalar(json);
    if (!fits(x.kind))
      continue;
    auto& list = lists[static_cast<std::size_t>(x.kind)];
    if (x.kind == json_kind::null)
      list = "null";
    else
      list += (list.empty() ? "" : ", ") + values_.add(x.value);
  }
  std::string sql;
  for (const auto kind :
       {json_kind::null, json_kind::boolean, json_kind::number, json_kind::text}) {
    const auto& list = lists[static_cast<std::size_t>(kind)];
    if (list.empty())
      continue;
    sql += sql.empty() ? "(" : " OR ";
    sql += kind == json_kind::null
             ? of_type(kind)
             : "(" + field_.value + " IN (" + list + ") AND " + of_type(kind) + ")";
  }
  return sql.empty() ? never : sql + ")";
}

std::string comparison::ordered() {
  const auto x = scalar(step_.values.front());
  if (!fits(x.kind) || x.kind == json_kind::null || x.kind == json_kind::boolean)
    return never;
  return "(" + field_.value + sign_of(step_.what) + values_.add(x.value) + " AND " + of_type(x.kind)
         + ")";
}

std::string comparison::has() {
  const auto x = scalar(step_.values.front());
  if (field_.place != field_place::json)
    return never;
  const std::string elements = "(" + field_.type
                               + " = 'array' AND EXISTS (SELECT 1 FROM json_each(fields, "
                               + field_.path + ") AS element WHERE element.type ";
  switch (x.kind) {
  case json_kind::null:
    return elements + "= 'null'))";
  case json_kind::boolean:
    return elements + (x.value == sql_value{std::int64_t{1}} ? "= 'true'))" : "= 'false'))");
  case json_kind::number:
    return elements + "IN ('integer', 'real') AND element.atom = " + values_.add(x.value) + "))";
  default:
    return elements + "= 'text' AND element.atom = " + values_.add(x.value) + "))";
  }
}

std::string comparison::starts_with() {
  const auto x = read_scalar(step_.values.front());
  if (x.kind != json_kind::text || field_.place == field_place::time || !fits(x.kind))
    return never;
  auto text = std::get<std::string>(x.value);
  if (text.empty())
    return of_type(x.kind);
  // The last byte of UTF-8 can be counted up: what begins so is less than that.
  auto end = text;
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return "(" + field_.value + " >= " + values_.add(std::move(text)) + " AND " + field_.value + " < "
         + values_.add(std::move(end)) + " AND " + of_type(x.kind) + ")";
}

std::string comparison::sql() {
  if (step_.what == filter_operator::exists)
    return field_.place == field_place::json
             ? "(" + is_there() + " AND " + field_.type + " <> 'null')"
             : "1";
  if (step_.what == filter_operator::one_of)
    return one_of();
  if (step_.values.size() != 1)
    refuse("a comparison with " + std::to_string(step_.values.size()) + " values");
  switch (step_.what) {
  case filter_operator::equal:
    return one_of();
  case filter_operator::not_equal:
    return "(" + is_there() + " AND " + one_of() + " IS NOT TRUE)";
  case filter_operator::less:
  case filter_operator::less_equal:
  case filter_operator::greater:
  case filter_operator::greater_equal:
    return ordered();
  case filter_operator::has:
    return has();
  case filter_operator::starts_with:
    return starts_with();
  default:
    refuse("an unknown operator");
  }
}

} // namespace

std::string condition_of(const std::vector<filter_step>& filter, bound_values& values) {
  if (filter.empty())
    return "1";
  if (filter.size() > limits::filter_steps_max)
    refuse("more than " + std::to_string(limits::filter_steps_max) + " steps");
  std::size_t count = 0;
  std::vector<term> stack;
  const auto pop = [&stack] {
    if (stack.empty())
      refuse("an operator without a condition");
    auto top = std::move(stack.back());
    stack.pop_back();
    return top;
  };
  for (const auto& step : filter) {
    count += step.values.size();
    if (count > values_max)
      refuse("more than " + std::to_string(values_max) + " values");
    if (step.what == filter_operator::both || step.what == filter_operator::either) {
      auto right = pop();
      auto left = pop();
      stack.push_back(combine(step.what == filter_operator::both ? " AND " : " OR ",
                              std::move(left), std::move(right)));
    } else if (step.what == filter_operator::negation) {
      auto operand = pop();
      operand.negated = !operand.negated;
      stack.push_back(std::move(operand));
    } else {
      stack.push_back({comparison{step, values}.sql(), false, 1});
    }
  }
  if (stack.size() != 1)
    refuse("conditions that nothing combines");
  return sql_of(std::move(stack.front()));
}

} // namespace troupe::sqlite
