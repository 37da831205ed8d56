// SPDX-License-Identifier: Apache-2.0
#include "node/toml_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace troupe {

namespace {

using json = nlohmann::ordered_json;

struct converter {
  json operator()(const toml_table& table) {
    auto object = json::object();
    for (auto& [key, value] : table.entries)
      object[key] = convert(value);
    return object;
  }

  json operator()(const std::vector<toml_value>& list) {
    auto array = json::array();
    for (auto& item : list)
      array.push_back(convert(item));
    return array;
  }

  json operator()(double x) {
    if (!std::isfinite(x))
      refuse("a number that is not finite");
    return x;
  }

  json operator()(const toml_date_time&) {
    refuse("a date or time");
    return nullptr;
  }

  template <class Scalar>
  json operator()(const Scalar& x) {
    return x;
  }

  json convert(const toml_value& value) {
    line = value.line;
    return std::visit(*this, value.data);
  }

  void refuse(const std::string& what) {
    if (problem.empty())
      problem = "line " + std::to_string(line) + " has " + what + ", which JSON has not";
  }

  std::string problem;
  std::size_t line = 0;
};

} // namespace

result<std::string> json_of(const toml_value& value) {
  converter convert;
  auto made = convert.convert(value);
  if (!convert.problem.empty())
    return failure(errc::invalid_argument, convert.problem);
  return made.dump();
}

} // namespace troupe
