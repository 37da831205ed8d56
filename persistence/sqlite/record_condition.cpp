// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/record_condition.hpp"

#include <utility>

#include "persistence/sqlite/record_paths.hpp"
#include "persistence/storage_engine.hpp"
#include "persistence/unicode_text.hpp"

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

std::string condition_sql(term x) {
  return x.negated ? "((" + x.sql + ") IS NOT TRUE)" : std::move(x.sql);
}

// SQLite's parser has a small stack, on which what stands before an open parenthesis waits: the
// deeper operand goes first.
term combine(const char* with, term left, term right) {
  if (left.depth < right.depth)
    std::swap(left, right);
  const auto depth = left.depth + (left.negated ? 3 : 1);
  return {"(" + condition_sql(std::move(left)) + with + condition_sql(std::move(right)) + ")",
          false, depth};
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
  static std::string text_of(const std::string& path);
  std::string equals_large(const json_scalar& x, const std::string& value, const std::string& type,
                           const std::string& text);
  std::string ordered_large(const json_scalar& x);
  std::string contains();
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

/// The JSON text of a value: of an integer its digits, however many.
std::string comparison::text_of(const std::string& path) {
  return "(fields -> " + path + ")";
}

// SQLite reads integers from 2^63 on as doubles, which several have in common: their texts decide.
std::string comparison::equals_large(const json_scalar& x, const std::string& value,
                                     const std::string& type, const std::string& text) {
  return "(" + value + " = " + values_.add(x.value) + " AND (" + type
         + (x.rounded == 0 ? " = 'real' OR " : " = 'neither' OR ") + "(" + type
         + " = 'integer' AND " + text + " = " + values_.add(x.digits) + ")))";
}

std::string comparison::ordered_large(const json_scalar& x) {
  const bool below
    = step_.what == filter_operator::less || step_.what == filter_operator::less_equal;
  const bool equal
    = step_.what == filter_operator::less_equal || step_.what == filter_operator::greater_equal;
  // A double is compared with the double that is near; if that is not the number itself, none is
  // between them.
  const bool or_near = x.rounded == 0 ? equal : below == (x.rounded < 0);
  const std::string sign = below ? " < " : " > ";
  const auto text = text_of(field_.path);
  const auto digits = values_.add(x.digits);
  const std::string size = std::to_string(x.digits.size());
  const auto longer = "length(" + text + ")" + sign + size;
  const auto same = "(length(" + text + ") = " + size + " AND " + text + (below ? " <" : " >")
                    + (equal ? "= " : " ") + digits + ")";
  const auto small = "typeof(" + field_.value + ") = 'integer'";
  auto integers = below ? "(" + small + " OR " + longer + " OR " + same + ")"
                        : "(NOT " + small + " AND (" + longer + " OR " + same + "))";
  return "((" + field_.type + " = 'integer' AND " + integers + ") OR (" + field_.type
         + " = 'real' AND " + field_.value + (below ? " <" : " >") + (or_near ? "= " : " ")
         + values_.add(x.value) + "))";
}

std::string comparison::one_of() {
  std::string lists[4];
  std::string large;
  for (const auto& json : step_.values) {
    const auto x = scalar(json);
    if (!fits(x.kind))
      continue;
    if (!x.digits.empty() && field_.place == field_place::json) {
      large += (large.empty() ? "" : " OR ")
               + equals_large(x, field_.value, field_.type, text_of(field_.path));
      continue;
    }
    auto& list = lists[static_cast<std::size_t>(x.kind)];
    if (x.kind == json_kind::null)
      list = "null";
    else
      list += (list.empty() ? "" : ", ") + values_.add(x.value);
  }
  std::string sql = large.empty() ? "" : "(" + large;
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
  if (!x.digits.empty() && field_.place == field_place::json)
    return ordered_large(x);
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
    if (!x.digits.empty())
      return elements + "IN ('integer', 'real') AND "
             + equals_large(x, "element.atom", "element.type", text_of("element.fullkey")) + "))";
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

/// `contains`, and what asks for a text whatever the case of its letters.
std::string comparison::contains() {
  const auto x = read_scalar(step_.values.front());
  if (x.kind != json_kind::text || field_.place == field_place::time || !fits(x.kind))
    return never;
  const bool exact = step_.what == filter_operator::contains;
  const auto& text = std::get<std::string>(x.value);
  const auto value = exact ? field_.value : "troupe_fold(" + field_.value + ")";
  const auto mark = values_.add(exact ? text : folded(text));
  const auto found = step_.what == filter_operator::iequal ? value + " = " + mark
                     : step_.what == filter_operator::istarts_with
                       ? "instr(" + value + ", " + mark + ") = 1"
                       : "instr(" + value + ", " + mark + ") > 0";
  return "(" + of_type(x.kind) + " AND " + found + ")";
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
  case filter_operator::contains:
  case filter_operator::iequal:
  case filter_operator::istarts_with:
  case filter_operator::icontains:
    return contains();
  default:
    refuse("an unknown operator");
  }
}

} // namespace

std::string condition_of(const std::vector<filter_step>& filter, bound_values& values) {
  if (filter.empty())
    return "1";
  // Two more than a client's: the time after which records must have been changed, and an "and".
  if (filter.size() > limits::filter_steps_max + 2)
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
  return condition_sql(std::move(stack.front()));
}

} // namespace troupe::sqlite
