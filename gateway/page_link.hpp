// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "gateway/gateway_state.hpp"

namespace troupe {

/// The value of a `Link` header (RFC 8288) to the next page: the same query, with another value of
/// the parameter that says where to go on.
inline std::string link_to_next(const http_call& call, std::string_view parameter,
                                std::string_view value) {
  auto link = "<" + call.request().path + "?";
  for (const auto& [name, given] : call.parameters)
    if (name != parameter)
      link += percent_encode(name) + "=" + percent_encode(given) + "&";
  return link + std::string{parameter} + "=" + percent_encode(value) + ">; rel=\"next\"";
}

} // namespace troupe
