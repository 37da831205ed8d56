// SPDX-License-Identifier: Apache-2.0
#include "gateway/cross_origin.hpp"

#include <algorithm>

namespace troupe {

namespace {

// Beyond those that any page may send and read.
constexpr std::string_view sent_headers
  = "Authorization, Content-Type, Content-Encoding, If-Match, If-None-Match, Idempotency-Key, "
    "Prefer, Cache-Control, Last-Event-ID, X-Request-Id, traceparent";
constexpr std::string_view read_headers
  = "ETag, Location, Link, Retry-After, Accept-Patch, Allow, Age, Cache-Status, RateLimit, "
    "RateLimit-Policy, Preference-Applied, Troupe-Job, Troupe-Next, WWW-Authenticate, X-Request-Id";

bool is_named(std::string_view origin, const std::vector<std::string>& origins) {
  return !origin.empty() && std::find(origins.begin(), origins.end(), origin) != origins.end();
}

} // namespace

bool is_preflight(const http_request& x, const std::vector<std::string>& origins) {
  return x.method == http_method::options && is_named(x.header("origin"), origins)
         && x.headers.contains("access-control-request-method");
}

http_response preflight_response(const std::string& methods) {
  return {204,
          {{"Allow", methods},
           {"Access-Control-Allow-Methods", methods},
           {"Access-Control-Allow-Headers", std::string{sent_headers}},
           {"Access-Control-Max-Age", "600"}},
          {}};
}

void share(const http_request& request, http_response& x, const std::vector<std::string>& origins) {
  if (origins.empty())
    return;
  const auto vary = std::find_if(x.headers.begin(), x.headers.end(),
                                 [](const auto& entry) { return entry.first == "Vary"; });
  if (vary != x.headers.end())
    vary->second += ", Origin";
  else
    x.headers.emplace_back("Vary", "Origin");
  const auto origin = request.header("origin");
  if (!is_named(origin, origins))
    return;
  x.headers.emplace_back("Access-Control-Allow-Origin", origin);
  x.headers.emplace_back("Access-Control-Expose-Headers", read_headers);
}

} // namespace troupe
