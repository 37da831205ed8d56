// SPDX-License-Identifier: Apache-2.0
#include "node/toml_reader.hpp"

#include <algorithm>
#include <toml++/toml.h>

#include "node/toml_depth.hpp"

namespace troupe {

namespace {

toml_value convert(const toml::node& node, std::size_t line);

std::size_t line_of(const toml::source_region& source, std::size_t otherwise) {
  return source.begin.line != 0 ? source.begin.line : otherwise;
}

toml_table convert_table(const toml::table& table, std::size_t line) {
  toml_table result;
  for (auto&& [key, node] : table)
    result.entries.push_back({std::string{key.str()}, convert(node, line_of(key.source(), line))});
  // The library sorts keys by name.
  std::stable_sort(result.entries.begin(), result.entries.end(),
                   [](auto& x, auto& y) { return x.value.line < y.value.line; });
  return result;
}

std::vector<toml_value> convert_array(const toml::array& array, std::size_t line) {
  std::vector<toml_value> result;
  for (auto& item : array)
    result.push_back(convert(item, line_of(item.source(), line)));
  return result;
}

toml_value convert(const toml::node& node, std::size_t line) {
  toml_value result{toml_date_time{}, line};
  if (auto table = node.as_table())
    result.data = convert_table(*table, line);
  else if (auto array = node.as_array())
    result.data = convert_array(*array, line);
  else if (auto text = node.as_string())
    result.data = text->get();
  else if (auto integer = node.as_integer())
    result.data = integer->get();
  else if (auto real = node.as_floating_point())
    result.data = real->get();
  else if (auto boolean = node.as_boolean())
    result.data = boolean->get();
  return result;
}

} // namespace

const toml_value* toml_table::find(std::string_view key) const {
  for (auto& [name, value] : entries)
    if (name == key)
      return &value;
  return nullptr;
}

result<toml_value> read_toml(std::string_view text, std::string_view name) {
  if (const auto line = line_of_too_deep_toml(text))
    return failure(errc::config_invalid, std::string{name} + ":" + std::to_string(*line)
                                           + ": tables or lists stand more than "
                                           + std::to_string(toml_depth_max) + " deep");
  try {
    return toml_value{convert_table(toml::parse(text, name), 1), 1};
  } catch (const toml::parse_error& problem) {
    auto& at = problem.source().begin;
    return failure(errc::config_invalid, std::string{name} + ":" + std::to_string(at.line) + ":"
                                           + std::to_string(at.column) + ": not valid TOML: "
                                           + std::string{problem.description()});
  }
}

} // namespace troupe
