// SPDX-License-Identifier: Apache-2.0
#include "gateway/cross_site.hpp"

namespace troupe {

bool is_cross_site_change(const http_request& x) {
  using enum http_method;
  if (x.method == get || x.method == head || x.method == options)
    return false;
  if (const auto site = x.header("sec-fetch-site"); !site.empty())
    return site != "same-origin" && site != "none";
  const auto origin = x.header("origin");
  if (origin.empty())
    return false;
  // "null" stands for pages that hide where they come from.
  const auto scheme = origin.find("://");
  return scheme == std::string_view::npos || origin.substr(scheme + 3) != x.header("host");
}

} // namespace troupe
