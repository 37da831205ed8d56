// SPDX-License-Identifier: Apache-2.0
#include "node/settings_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

#include "actors/json_reader.hpp"
#include "actors/nearest_name.hpp"
#include "messages/limits.hpp"
#include "node/toml_json.hpp"

namespace troupe {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<unit, 5> time_units{
  {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<unit, 4> size_units{
  {{"GiB", 1024 * 1024 * 1024}, {"MiB", 1024 * 1024}, {"KiB", 1024}, {"B", 1}}};

// Far beyond every limit, and far from where a double loses whole numbers.
constexpr double number_max = 1e15;

template <std::size_t N>
std::optional<std::uint64_t> parse_with_unit(std::string_view text,
                                             const std::array<unit, N>& units) {
  double number = 0;
  auto [end, code]
    = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (code != std::errc{} || !(number >= 0))
    return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' '))
    text.remove_prefix(1);
  for (auto& x : units)
    if (x.name == text && number * static_cast<double>(x.factor) <= number_max)
      return static_cast<std::uint64_t>(std::llround(number * static_cast<double>(x.factor)));
  return std::nullopt;
}

template <std::size_t N>
std::string format_with_unit(std::uint64_t x, const std::array<unit, N>& units,
                             std::string_view space) {
  auto largest = units.end() - 1;
  if (x != 0)
    largest = std::find_if(units.begin(), units.end(), [x](auto& y) { return x % y.factor == 0; });
  return std::to_string(x / largest->factor).append(space).append(largest->name);
}

/// Remembers the lines of all parts of `value`, which stands at `path`.
void mark_parts(settings_problems& problems, const std::string& path, const toml_value& value) {
  problems.mark(path, value.line);
  if (const auto* table = std::get_if<toml_table>(&value.data))
    for (const auto& [key, part] : table->entries)
      mark_parts(problems, path + "/" + pointer_step(key), part);
  else if (const auto* list = std::get_if<std::vector<toml_value>>(&value.data))
    for (std::size_t i = 0; i < list->size(); ++i)
      mark_parts(problems, path + "/" + std::to_string(i), (*list)[i]);
}

std::string_view type_of(const toml_value& value) {
  constexpr std::array<std::string_view, 7> names{{"a table", "a list", "a text", "a whole number",
                                                   "a number", "true or false", "a date or time"}};
  return names[value.data.index()];
}

std::string format_real(double x) {
  std::array<char, 32> buffer{};
  auto written = std::snprintf(buffer.data(), buffer.size(), "%g", x);
  return {buffer.data(), static_cast<std::size_t>(written)};
}

} // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  auto x = parse_with_unit(text, time_units);
  return x ? std::optional{milliseconds{static_cast<std::int64_t>(*x)}} : std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, size_units);
}

std::string format_duration(milliseconds x) {
  if (x == milliseconds{0})
    return "0s";
  return format_with_unit(static_cast<std::uint64_t>(x.count()), time_units, "");
}

std::string format_size(std::uint64_t bytes) {
  return format_with_unit(bytes, size_units, " ");
}

bool is_name(std::string_view text) {
  // In the path of a URL these two are no names.
  return !text.empty() && text.size() <= limits::name_bytes_max && text != "." && text != ".."
         && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-")
              == std::string_view::npos;
}

std::string join(const std::vector<std::string>& words) {
  std::string result;
  for (auto& word : words)
    result.append(result.empty() ? "" : ", ").append(word);
  return result;
}

void settings_problems::add(std::size_t line, std::string text) {
  problems_.emplace(line, std::move(text));
}

void settings_problems::add_at(std::string path, std::string text) {
  for (;;) {
    if (auto i = lines_.find(path); i != lines_.end())
      return add(i->second, std::move(text));
    auto dot = path.rfind('.');
    if (dot == std::string::npos)
      return add(1, std::move(text));
    path.resize(dot);
  }
}

void settings_problems::add_in_json(std::string path, std::string_view pointer, std::string text) {
  const auto whole = path.size();
  for (path += pointer; path.size() > whole && !lines_.contains(path);)
    path.resize(std::max(path.rfind('/'), whole));
  add_at(std::move(path), std::move(text));
}

std::string settings_problems::text() const {
  std::string result;
  for (auto& [line, text] : problems_)
    result.append(result.empty() ? "" : "\n")
      .append(document_ + ":" + std::to_string(line) + ": " + text);
  return result;
}

settings_reader::settings_reader(const toml_table& table, std::string path,
                                 settings_problems& problems)
    : table_{&table},
      path_{std::move(path)},
      problems_{&problems} {}

void settings_reader::read(const std::string& key, bool& into) {
  auto value = take(key);
  if (!value)
    return;
  if (auto x = std::get_if<bool>(&value->data))
    into = *x;
  else
    refuse_type(key, *value, "true or false");
}

void settings_reader::read(const std::string& key, std::string& into) {
  auto value = take(key);
  if (!value)
    return;
  if (auto x = std::get_if<std::string>(&value->data))
    into = *x;
  else
    refuse_type(key, *value, "a text in quotes");
}

void settings_reader::read(const std::string& key, std::vector<std::string>& into) {
  auto value = take(key);
  if (!value)
    return;
  auto list = std::get_if<std::vector<toml_value>>(&value->data);
  if (!list)
    return refuse_type(key, *value, "a list of texts, such as [\"a\", \"b\"]");
  std::vector<std::string> texts;
  for (auto& item : *list) {
    auto text = std::get_if<std::string>(&item.data);
    if (!text)
      return refuse_type(key, item, "a list of texts, such as [\"a\", \"b\"]");
    texts.push_back(*text);
  }
  into = std::move(texts);
}

void settings_reader::read(const std::string& key, double& into, double min, double max) {
  auto value = take(key);
  if (!value)
    return;
  auto real = std::get_if<double>(&value->data);
  auto whole = std::get_if<std::int64_t>(&value->data);
  if (!real && !whole)
    return refuse_type(key, *value, "a number");
  auto x = real ? *real : static_cast<double>(*whole);
  if (!(x >= min && x <= max))
    return refuse_range(key, *value, format_real(x), format_real(min), format_real(max));
  into = x;
}

void settings_reader::read(const std::string& key, milliseconds& into, milliseconds min,
                           milliseconds max) {
  auto value = take(key);
  if (!value)
    return;
  auto text = std::get_if<std::string>(&value->data);
  if (!text)
    return refuse_type(key, *value, "a duration with its unit in quotes, such as \"8s\"");
  auto x = parse_duration(*text);
  if (!x)
    return problems_->add(value->line, "key '" + full(key) + "': \"" + *text
                                         + "\" is no duration; expected a number and a unit, "
                                           "such as \"250ms\", \"8s\", \"30m\", \"24h\" or \"7d\"");
  if (*x < min || *x > max)
    return refuse_range(key, *value, *text, format_duration(min), format_duration(max));
  into = *x;
}

void settings_reader::read_size(const std::string& key, std::uint64_t& into, std::uint64_t min,
                                std::uint64_t max) {
  auto value = take(key);
  if (!value)
    return;
  auto text = std::get_if<std::string>(&value->data);
  auto whole = std::get_if<std::int64_t>(&value->data);
  if (!text && !whole)
    return refuse_type(key, *value, "a size, such as \"256 KiB\" or a number of bytes");
  auto x = text         ? parse_size(*text)
           : *whole < 0 ? std::nullopt
                        : std::optional{static_cast<std::uint64_t>(*whole)};
  if (!x && text)
    return problems_->add(value->line, "key '" + full(key) + "': \"" + *text
                                         + "\" is no size; expected bytes, or a number and a unit, "
                                           "such as \"512 B\", \"256 KiB\" or \"1 MiB\"");
  if (!x || *x < min || *x > max)
    return refuse_range(key, *value, text ? *text : std::to_string(*whole), format_size(min),
                        format_size(max));
  into = *x;
}

void settings_reader::read_choice(const std::string& key, std::string& into,
                                  const std::vector<std::string>& words) {
  read(key, into);
  if (auto value = table_->find(key); value && std::holds_alternative<std::string>(value->data))
    check_choice(key, *value, into, words);
}

void settings_reader::read_choices(const std::string& key, std::vector<std::string>& into,
                                   const std::vector<std::string>& words) {
  read(key, into);
  if (auto value = table_->find(key))
    for (auto& word : into)
      check_choice(key, *value, word, words);
}

void settings_reader::read_json(const std::string& key, std::string& into) {
  auto value = take(key);
  if (!value)
    return;
  if (auto text = std::get_if<std::string>(&value->data)) {
    into = *text;
    return;
  }
  if (!std::holds_alternative<toml_table>(value->data))
    return refuse_type(key, *value, "a table, or JSON as a text");
  mark_parts(*problems_, full(key), *value);
  if (auto written = json_of(*value))
    into = std::move(*written);
  else
    problems_->add(value->line, "key '" + full(key) + "': " + written.error().text);
}

std::optional<settings_reader> settings_reader::table(const std::string& key) {
  auto value = take(key);
  if (!value)
    return std::nullopt;
  if (auto x = std::get_if<toml_table>(&value->data))
    return settings_reader{*x, full(key), *problems_};
  refuse_type(key, *value, "a table");
  return std::nullopt;
}

std::vector<std::pair<std::string, settings_reader>> settings_reader::named_tables() {
  std::vector<std::pair<std::string, settings_reader>> result;
  for (auto& [key, value] : table_->entries) {
    if (!is_name(key))
      problems_->add(value.line, "name '" + full(key) + "' is not usable; expected 1 to "
                                   + std::to_string(limits::name_bytes_max)
                                   + " small letters, digits, '_', '.' or '-'"
                                   + (key == "." || key == ".." ? ", not dots alone" : ""));
    else if (auto x = table(key))
      result.emplace_back(key, std::move(*x));
  }
  return result;
}

void settings_reader::refuse_the_rest() {
  for (auto& [key, value] : table_->entries) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end())
      continue;
    auto text = "key '" + full(key) + "' is unknown; ";
    if (auto near = nearest_name(key, known_); !near.empty())
      text += "did you mean '" + near + "'? ";
    else if (std::holds_alternative<toml_table>(value.data) && !path_.empty())
      text += "a name with a dot needs quotes (\"default.dead\"); ";
    problems_->add(value.line, text + "expected one of " + join(known_));
  }
}

std::string settings_reader::full(const std::string& key) const {
  return path_.empty() ? key : path_ + "." + key;
}

const toml_value* settings_reader::take(const std::string& key) {
  known_.push_back(key);
  auto value = table_->find(key);
  if (value)
    problems_->mark(full(key), value->line);
  return value;
}

void settings_reader::refuse_type(const std::string& key, const toml_value& value,
                                  std::string_view expected) {
  problems_->add(value.line, "key '" + full(key) + "' is " + std::string{type_of(value)}
                               + "; expected " + std::string{expected});
}

void settings_reader::refuse_range(const std::string& key, const toml_value& value,
                                   const std::string& given, const std::string& min,
                                   const std::string& max) {
  problems_->add(value.line, "key '" + full(key) + "': " + given + " is out of range; expected "
                               + min + " to " + max);
}

void settings_reader::check_choice(const std::string& key, const toml_value& value,
                                   const std::string& given,
                                   const std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), given) != words.end())
    return;
  auto text = "key '" + full(key) + "': \"" + given + "\" is unknown; ";
  if (auto near = nearest_name(given, words); !near.empty())
    text += "did you mean \"" + near + "\"? ";
  problems_->add(value.line, text + "expected one of " + join(words));
}

std::optional<std::uint64_t> settings_reader::integer(const std::string& key, std::uint64_t min,
                                                      std::uint64_t max) {
  auto value = take(key);
  if (!value)
    return std::nullopt;
  auto x = std::get_if<std::int64_t>(&value->data);
  if (!x) {
    refuse_type(key, *value, "a whole number");
    return std::nullopt;
  }
  if (*x < 0 || static_cast<std::uint64_t>(*x) < min || static_cast<std::uint64_t>(*x) > max) {
    refuse_range(key, *value, std::to_string(*x), std::to_string(min), std::to_string(max));
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(*x);
}

} // namespace troupe
