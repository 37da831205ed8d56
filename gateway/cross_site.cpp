// SPDX-License-Identifier: Apache-2.0
#include "gateway/cross_site.hpp"

#include <algorithm>

namespace troupe {

bool is_cross_site_change(const http_request& x, const std::vector<std::string>& origins) {
  using enum http_method;
  if (x.method == get || x.method == head || x.method == options)
    return false;
  const auto origin = x.header("origin");
  if (std::find(origins.begin(), origins.end(), origin) != origins.end())
    return false;
  if (const auto site = x.header("sec-fetch-site"); !site.empty())
    return site != "same-origin" && site != "none";
  if (origin.empty())
    return false;
  // "null" stands for pages that hide where they come from.
  const auto scheme = origin.find("://");
  return scheme == std::string_view::npos || origin.substr(scheme + 3) != x.header("host");
}

} // namespace troupe
