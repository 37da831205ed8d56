// SPDX-License-Identifier: Apache-2.0
#include "actors/record_filter.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "actors/filter_lexer.hpp"
#include "actors/json_reader.hpp"
#include "actors/record_time.hpp"
#include "actors/utf8.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

constexpr std::array<std::pair<std::string_view, filter_operator>, 13> operators{{
  {"=", filter_operator::equal},
  {"!=", filter_operator::not_equal},
  {"<", filter_operator::less},
  {"<=", filter_operator::less_equal},
  {">", filter_operator::greater},
  {">=", filter_operator::greater_equal},
  {"has", filter_operator::has},
  {"starts_with", filter_operator::starts_with},
  {"^=", filter_operator::starts_with},
  {"contains", filter_operator::contains},
  {"iequals", filter_operator::iequal},
  {"istarts_with", filter_operator::istarts_with},
  {"icontains", filter_operator::icontains},
}};

bool orders(filter_operator x) {
  return x == filter_operator::less || x == filter_operator::less_equal
         || x == filter_operator::greater || x == filter_operator::greater_equal;
}

bool wants_text(filter_operator x) {
  return x == filter_operator::starts_with || x >= filter_operator::contains;
}

error unknown_field(const std::string& what, std::string_view path) {
  return {errc::invalid_argument,
          what + ": the collection has no field '" + std::string{path} + "'"};
}

/// Recursive descent, one function a rule of the grammar. Depth and steps are bounded, and with
/// them the stack.
class filter_parser {
public:
  filter_parser(std::string_view text, const field_predicate& knows)
      : lexer_{text},
        knows_{knows} {}

  result<std::vector<filter_step>> run();

private:
  result<void> advance();
  result<void> any_of();
  result<void> all_of();
  result<void> one();
  result<void> group();
  result<void> comparison();
  result<void> values_of(filter_step& step);
  result<void> value_of(filter_step& step);
  result<void> push(filter_step step);
  result<void> field(std::string& path);

  bool at_word(std::string_view x) const {
    return token_.kind == token_kind::word && token_.text == x;
  }
  bool at_sign(std::string_view x) const {
    return token_.kind == token_kind::sign && token_.text == x;
  }
  tl::unexpected<error> expected(const std::string& what) const;

  filter_lexer lexer_;
  const field_predicate& knows_;
  filter_token token_;
  std::vector<filter_step> steps_;
  std::size_t depth_ = 0;
};

tl::unexpected<error> filter_parser::expected(const std::string& what) const {
  const auto found
    = token_.kind == token_kind::end ? std::string{"the end"} : "'" + token_.text + "'";
  return filter_failure(token_.at, "expected " + what + ", found " + found);
}

result<void> filter_parser::advance() {
  auto next = lexer_.next();
  if (!next)
    return tl::unexpected<error>{next.error()};
  token_ = std::move(*next);
  return {};
}

result<std::vector<filter_step>> filter_parser::run() {
  if (auto begun = advance(); !begun)
    return tl::unexpected<error>{begun.error()};
  if (token_.kind == token_kind::end)
    return steps_;
  if (auto read = any_of(); !read)
    return tl::unexpected<error>{read.error()};
  if (token_.kind != token_kind::end)
    return expected("'and', 'or' or the end");
  return std::move(steps_);
}

result<void> filter_parser::any_of() {
  auto read = all_of();
  while (read && at_word("or")) {
    read = advance().and_then([this] { return all_of(); });
    if (read)
      read = push({filter_operator::either, {}, {}});
  }
  return read;
}

result<void> filter_parser::all_of() {
  auto read = one();
  while (read && at_word("and")) {
    read = advance().and_then([this] { return one(); });
    if (read)
      read = push({filter_operator::both, {}, {}});
  }
  return read;
}

result<void> filter_parser::one() {
  bool negated = false;
  while (at_word("not")) {
    negated = !negated;
    if (auto next = advance(); !next)
      return next;
  }
  auto read = at_sign("(") ? group() : comparison();
  if (read && negated)
    read = push({filter_operator::negation, {}, {}});
  return read;
}

result<void> filter_parser::group() {
  if (++depth_ > filter_depth_max)
    return filter_failure(token_.at,
                          "parentheses are nested deeper than " + std::to_string(filter_depth_max));
  auto read = advance().and_then([this] { return any_of(); });
  if (!read)
    return read;
  if (!at_sign(")"))
    return expected("'and', 'or' or ')'");
  --depth_;
  return advance();
}

result<void> filter_parser::field(std::string& path) {
  if (token_.kind != token_kind::word && token_.kind != token_kind::name)
    return expected("a field");
  if (token_.kind == token_kind::word && !is_field_path(token_.text))
    return filter_failure(token_.at, "'" + token_.text + "' is no field: names with dots between");
  if (!knows_(token_.text))
    return tl::unexpected<error>{
      unknown_field("filter, byte " + std::to_string(token_.at), token_.text)};
  path = token_.text;
  return advance();
}

result<void> filter_parser::comparison() {
  filter_step step;
  if (at_word("exists")) {
    step.what = filter_operator::exists;
    auto read = advance().and_then([&] { return field(step.field); });
    return read ? push(std::move(step)) : read;
  }
  if (token_.kind != token_kind::word && token_.kind != token_kind::name)
    return expected("a field, 'not', 'exists' or '('");
  if (auto read = field(step.field); !read)
    return read;
  if (at_word("in")) {
    step.what = filter_operator::one_of;
    auto read = advance().and_then([&] { return values_of(step); });
    return read ? push(std::move(step)) : read;
  }
  const auto* found = std::find_if(operators.begin(), operators.end(), [this](const auto& x) {
    return (token_.kind == token_kind::word || token_.kind == token_kind::sign)
           && token_.text == x.first;
  });
  if (found == operators.end())
    return expected("'=', '!=', '<', '<=', '>', '>=', 'in', 'has', 'starts_with', '^=', "
                    "'contains', 'iequals', 'istarts_with' or 'icontains'");
  step.what = found->second;
  auto read = advance().and_then([&] { return value_of(step); });
  return read ? push(std::move(step)) : read;
}

result<void> filter_parser::values_of(filter_step& step) {
  if (!at_sign("("))
    return expected("'('");
  do {
    auto read = advance().and_then([&] { return value_of(step); });
    if (!read)
      return read;
  } while (at_sign(","));
  if (!at_sign(")"))
    return expected("',' or ')'");
  return advance();
}

result<void> filter_parser::value_of(filter_step& step) {
  if (token_.kind != token_kind::value)
    return expected("a JSON text, number, true, false or null");
  const auto first = token_.text.front();
  const bool text = first == '"';
  if (wants_text(step.what) && !text)
    return expected("a JSON text");
  if (orders(step.what) && (first == 't' || first == 'f' || first == 'n'))
    return expected("a JSON text or number");
  if (step.field == "id" && !text)
    return expected("a JSON text, as ids are");
  if (step.field == "version" && (text || first == 't' || first == 'f' || first == 'n'))
    return expected("a number, as versions are");
  if (step.field == "created_at" || step.field == "updated_at") {
    auto time = text ? read_rfc3339(read_own_json(token_.text).get<std::string>())
                     : result<timestamp>{failure(errc::invalid_argument, {})};
    if (!time || wants_text(step.what))
      return expected("a time as \"2026-01-31T08:15:30Z\", to compare with");
    token_.text = '"' + rfc3339(*time) + '"';
  }
  step.values.push_back(std::move(token_.text));
  return advance();
}

result<void> filter_parser::push(filter_step step) {
  if (steps_.size() == limits::filter_steps_max)
    return filter_failure(token_.at, "more than " + std::to_string(limits::filter_steps_max)
                                       + " comparisons and operators");
  steps_.push_back(std::move(step));
  return {};
}

result<std::vector<std::string>> read_paths(const std::string& what, std::string_view text,
                                            std::size_t paths_max) {
  std::vector<std::string> paths;
  for (std::size_t at = 0; !text.empty() && at <= text.size();) {
    auto end = at;
    for (bool quoted = false; end < text.size() && (quoted || text[end] != ','); ++end)
      quoted = quoted != (text[end] == '`');
    auto path = text.substr(at, end - at);
    while (path.starts_with(' '))
      path.remove_prefix(1);
    while (path.ends_with(' '))
      path.remove_suffix(1);
    if (paths.size() == paths_max)
      return failure(errc::invalid_argument,
                     what + ": more than " + std::to_string(paths_max) + " fields");
    paths.emplace_back(path);
    at = end + 1;
  }
  return paths;
}

// The same check as for records, so that nothing else reaches the database or an error's text.
result<void> check_text(const std::string& what, std::string_view text) {
  if (text.size() > limits::query_bytes_max)
    return failure(errc::invalid_argument,
                   what + ": longer than " + std::to_string(limits::query_bytes_max) + " bytes");
  if (text.find('\0') != std::string_view::npos)
    return failure(errc::invalid_argument, what + ": a NUL character");
  if (!is_utf8(text))
    return failure(errc::invalid_argument, what + ": not UTF-8");
  return {};
}

/// The path that a text stands for.
result<std::string> checked_path(const std::string& what, std::string_view text,
                                 const field_predicate& knows) {
  std::string path{text};
  if (text.find('`') != std::string_view::npos) {
    auto read = read_path(text);
    if (!read)
      return failure(errc::invalid_argument, what + ": " + read.error().text);
    path = std::move(*read);
  } else if (!is_field_path(text)) {
    return failure(errc::invalid_argument,
                   what + ": '" + path + "' is no field: names with dots between");
  }
  if (!knows(path))
    return tl::unexpected<error>{unknown_field(what, path)};
  return path;
}

} // namespace

bool is_field_path(std::string_view text) noexcept {
  bool empty = true;
  for (const auto x : text) {
    if (x == '.') {
      if (empty)
        return false;
      empty = true;
      continue;
    }
    const bool allowed = (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') || (x >= '0' && x <= '9')
                         || x == '_' || x == '-' || static_cast<unsigned char>(x) >= 0x80;
    if (!allowed)
      return false;
    empty = false;
  }
  return !empty;
}

result<std::vector<filter_step>> read_filter(std::string_view text, const field_predicate& knows) {
  if (auto checked = check_text("filter", text); !checked)
    return tl::unexpected<error>{checked.error()};
  return filter_parser{text, knows}.run();
}

result<std::vector<sort_key>> read_sort(std::string_view text, const field_predicate& knows) {
  if (auto checked = check_text("sort", text); !checked)
    return tl::unexpected<error>{checked.error()};
  auto paths = read_paths("sort", text, limits::sort_keys_max);
  if (!paths)
    return tl::unexpected<error>{paths.error()};
  std::vector<sort_key> keys;
  for (std::string_view path : *paths) {
    const bool descending = path.starts_with('-');
    if (descending || path.starts_with('+'))
      path.remove_prefix(1);
    auto checked = checked_path("sort", path, knows);
    if (!checked)
      return tl::unexpected<error>{checked.error()};
    for (const auto& other : keys)
      if (other.field == *checked)
        return failure(errc::invalid_argument, "sort: '" + *checked + "' is named twice");
    keys.push_back({std::move(*checked), descending});
  }
  return keys;
}

result<std::vector<std::string>> read_fields(std::string_view text, const field_predicate& knows) {
  if (auto checked = check_text("fields", text); !checked)
    return tl::unexpected<error>{checked.error()};
  auto paths = read_paths("fields", text, limits::filter_steps_max);
  if (!paths)
    return paths;
  for (auto& path : *paths) {
    auto checked = checked_path("fields", path, knows);
    if (!checked)
      return checked.map([](const std::string&) { return std::vector<std::string>{}; });
    path = std::move(*checked);
  }
  return paths;
}

} // namespace troupe
