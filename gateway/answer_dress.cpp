// SPDX-License-Identifier: Apache-2.0
#include "gateway/answer_dress.hpp"

#include <algorithm>

#include "gateway/content_coding.hpp"
#include "gateway/cross_origin.hpp"

namespace troupe {

void dress(const http_request& request, http_response& x, bool whole,
           const std::vector<std::string>& origins) {
  bool types_hold = false, is_kept = false;
  for (const auto& [name, value] : x.headers) {
    types_hold = types_hold || name == "X-Content-Type-Options";
    is_kept = is_kept || name == "Cache-Control";
  }
  if (!types_hold)
    x.headers.emplace_back("X-Content-Type-Options", "nosniff");
  if (!is_kept)
    x.headers.emplace_back("Cache-Control", "no-store");
  if (whole)
    encode_body(request, x);
  share(request, x, origins);
}

} // namespace troupe
