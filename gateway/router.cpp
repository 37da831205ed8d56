// SPDX-License-Identifier: Apache-2.0
#include "gateway/router.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr std::string_view rest_of_path = "{path}";

} // namespace

struct router::split_path {
  std::vector<std::string> segments; // decoded
  bool ends_with_slash = false;
};

// Of a path that begins with '/'.
std::optional<router::split_path> router::split(std::string_view path) {
  split_path x;
  if (path.empty() || path.front() != '/')
    return std::nullopt;
  path.remove_prefix(1);
  while (!path.empty()) {
    const auto slash = path.find('/');
    auto segment = percent_decode(path.substr(0, slash));
    if (!segment || segment->empty() || *segment == "." || *segment == "..")
      return std::nullopt;
    x.segments.push_back(std::move(*segment));
    x.ends_with_slash = slash != std::string_view::npos;
    path.remove_prefix(x.ends_with_slash ? slash + 1 : path.size());
  }
  return x;
}

std::size_t router::add(http_method method, std::string_view pattern) {
  entry x{method, {}, false};
  pattern.remove_prefix(1);
  while (!pattern.empty()) {
    const auto slash = std::min(pattern.find('/'), pattern.size());
    auto text = pattern.substr(0, slash);
    pattern.remove_prefix(std::min(slash + 1, pattern.size()));
    if (text == rest_of_path)
      x.takes_rest = true;
    else if (text.front() == '{')
      x.segments.push_back({std::string{text.substr(text.find('}') + 1)}, true});
    else
      x.segments.push_back({std::string{text}, false});
  }
  entries_.push_back(std::move(x));
  return entries_.size() - 1;
}

bool router::matches(const entry& x, const split_path& given, path_values& values) {
  const auto& path = given.segments;
  if (x.takes_rest ? path.size() < x.segments.size()
                   : path.size() != x.segments.size() || given.ends_with_slash)
    return false;
  values.clear();
  for (std::size_t i = 0; i < x.segments.size(); ++i) {
    const auto& [text, is_name] = x.segments[i];
    if (!is_name) {
      if (path[i] != text)
        return false;
    } else {
      if (path[i].size() <= text.size() || !path[i].ends_with(text))
        return false;
      values.push_back(path[i].substr(0, path[i].size() - text.size()));
    }
  }
  if (x.takes_rest) {
    std::string rest;
    for (auto i = x.segments.size(); i < path.size(); ++i)
      rest += "/" + path[i];
    values.push_back(std::move(rest) + (given.ends_with_slash ? "/" : ""));
  }
  return true;
}

router::found router::find(http_method method, std::string_view path) const {
  found result;
  const auto given = split(path);
  if (!given) {
    result.what = found::kind::malformed;
    return result;
  }
  std::optional<std::size_t> get;
  path_values values;
  // The last one that fits counts: routes with a text behind the name come after those without.
  for (std::size_t i = entries_.size(); i-- > 0;) {
    if (!matches(entries_[i], *given, values))
      continue;
    const auto offered = entries_[i].method;
    if (std::find(result.allowed.begin(), result.allowed.end(), offered) == result.allowed.end())
      result.allowed.push_back(offered);
    const bool stands_in = offered == http_method::get && method == http_method::head;
    if ((offered == method || stands_in) && result.what != found::kind::route) {
      result.what = found::kind::route;
      result.route = i;
      result.values = values;
    }
  }
  if (result.allowed.empty())
    return result;
  if (result.what != found::kind::route)
    result.what = found::kind::no_method;
  if (std::find(result.allowed.begin(), result.allowed.end(), http_method::get)
      != result.allowed.end())
    result.allowed.push_back(http_method::head);
  result.allowed.push_back(http_method::options);
  std::sort(result.allowed.begin(), result.allowed.end());
  result.allowed.erase(std::unique(result.allowed.begin(), result.allowed.end()),
                       result.allowed.end());
  return result;
}

std::string allow_header(const std::vector<http_method>& methods) {
  std::string text;
  for (const auto x : methods) {
    text += text.empty() ? "" : ", ";
    text += to_string(x);
  }
  return text;
}

} // namespace troupe
