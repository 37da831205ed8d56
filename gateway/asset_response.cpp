// SPDX-License-Identifier: Apache-2.0
#include "gateway/asset_response.hpp"

#include "gateway/entity_tag.hpp"

namespace troupe {

namespace {

// Texts of jobs and records are shown as text; should one ever get through as HTML, the browser
// still runs no script but the page's own, and talks to nobody else.
constexpr std::string_view content_policy
  = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

} // namespace

http_response page_response(int status, std::string_view type, std::string_view cache_control,
                            std::string_view images) {
  std::string policy{content_policy};
  if (!images.empty())
    policy.append("; img-src 'self' ").append(images);
  return {status,
          {{"Content-Type", std::string{type}},
           {"Cache-Control", std::string{cache_control}},
           {"Content-Security-Policy", std::move(policy)},
           {"X-Content-Type-Options", "nosniff"},
           {"X-Frame-Options", "DENY"},
           {"Referrer-Policy", "no-referrer"},
           {"Cross-Origin-Opener-Policy", "same-origin"},
           {"Cross-Origin-Resource-Policy", "same-origin"}},
          {}};
}

http_response with_file(http_response x, const http_request& request, std::string_view tag,
                        std::string_view bytes) {
  x.headers.emplace_back("ETag", tag);
  if (const auto known = request.header("if-none-match"); !known.empty() && names_tag(known, tag))
    x.status = 304;
  else
    x.body = bytes;
  return x;
}

} // namespace troupe
