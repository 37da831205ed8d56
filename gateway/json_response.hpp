// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/http.hpp"
#include "gateway/job_json.hpp"

namespace troupe {

/// An array of what `json_of` makes of each.
template <class Items>
json list_of(const Items& items) {
  json list = json::array();
  for (const auto& x : items)
    list.push_back(json_of(x));
  return list;
}

/// What is true just now, as JSON.
inline http_response json_response(const json& document, int status = 200) {
  return {status,
          {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          to_line(document)};
}

} // namespace troupe
