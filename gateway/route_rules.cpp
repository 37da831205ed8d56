// SPDX-License-Identifier: Apache-2.0
#include "gateway/route_rules.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include "actors/nearest_name.hpp"

namespace troupe {

namespace {

// Of what a stranger wrote, in an error's text.
constexpr std::size_t shown_max = 60;

std::string shown(const std::string& text) {
  return text.size() <= shown_max ? text : text.substr(0, shown_max) + "...";
}

bool is_among(const std::string& x, const std::vector<std::string>& list) {
  return std::find(list.begin(), list.end(), x) != list.end();
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& x : names)
    text += (text.empty() ? "" : ", ") + x;
  return text;
}

} // namespace

route_rules::route_rules(const described_route& route) {
  const auto& known = openapi_components().at("parameters");
  std::istringstream words{std::string{route.text.parameters}};
  for (std::string word; words >> word;) {
    const auto& parameter = known.at(word);
    if (parameter.at("in") != "query")
      continue;
    const auto name = parameter.at("name").get<std::string>();
    names_.push_back(name);
    if (parameter.at("schema").value("type", "") == "boolean")
      flags_.push_back(name);
  }
  any_ = route.text.answers.starts_with("200:page") || route.text.answers.starts_with("200:file");
  body_ = !route.text.body.empty();
}

result<void> route_rules::check(const std::string& name, const std::string& value) const {
  if (any_)
    return {};
  if (!is_among(name, names_)) {
    auto text = "there is no parameter '" + shown(name) + "' here";
    if (const auto near = nearest_name(name, names_); !near.empty())
      text += "; did you mean '" + near + "'?";
    else
      text += names_.empty() ? "; this takes none" : "; this takes " + listed(names_);
    return failure(errc::invalid_argument, std::move(text));
  }
  if (is_among(name, flags_) && !value.empty() && value != "true" && value != "false")
    return failure(errc::invalid_argument, "parameter '" + name + "' must be true or false");
  return {};
}

result<route_rules::parameters> route_rules::read(const http_request& x) const {
  parameters all;
  for (std::string_view query = x.query; !query.empty();) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (pair.empty())
      continue;
    const auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::optional<std::string>{""}
                                                  : percent_decode(pair.substr(equals + 1), true);
    if (!name || !value)
      return failure(errc::invalid_argument, "the query is not well encoded");
    if (auto checked = check(*name, *value); !checked)
      return tl::unexpected<error>{checked.error()};
    const auto [added, fresh] = all.try_emplace(std::move(*name), std::move(*value));
    if (!fresh && !any_)
      return failure(errc::invalid_argument, "parameter '" + added->first + "' is given twice");
  }
  if (!body_ && !x.body.empty())
    return failure(errc::invalid_argument, "this takes no body");
  return all;
}

} // namespace troupe
