// SPDX-License-Identifier: Apache-2.0
#include "gateway/http_refusal.hpp"

#include "gateway/problem.hpp"

namespace troupe {

std::string_view to_string(http_refusal x) {
  switch (x) {
  case http_refusal::malformed:
    return "malformed";
  case http_refusal::url_too_long:
    return "url_too_long";
  case http_refusal::headers_too_large:
    return "headers_too_large";
  case http_refusal::body_too_large:
    return "body_too_large";
  case http_refusal::handshake:
    return "handshake";
  }
  return "malformed";
}

std::optional<http_refusal> refusal_in(std::string_view complaint) {
  constexpr std::string_view parser = "parser error HPE_";
  if (complaint.find("prepare connection error") != std::string_view::npos)
    return http_refusal::handshake;
  const auto at = complaint.find(parser);
  if (at == std::string_view::npos)
    return std::nullopt;
  const auto what = complaint.substr(at + parser.size());
  if (what.starts_with("CB_url"))
    return http_refusal::url_too_long;
  if (what.starts_with("CB_header_") || what.starts_with("HEADER_OVERFLOW"))
    return http_refusal::headers_too_large;
  // With the headers comes the length of the body.
  if (what.starts_with("CB_headers_complete") || what.starts_with("CB_body"))
    return http_refusal::body_too_large;
  return http_refusal::malformed;
}

http_response refusal_response(http_refusal x) {
  switch (x) {
  case http_refusal::url_too_long:
    return problem(414, {errc::invalid_argument, "the URL is longer than this server takes"});
  case http_refusal::headers_too_large:
    return problem(
      431, {errc::invalid_argument, "the headers are more, or larger, than this server takes"});
  case http_refusal::body_too_large:
    return problem(413, {errc::payload_too_large, "the body is larger than this server takes"});
  case http_refusal::malformed:
  case http_refusal::handshake:
    break;
  }
  return problem(400, {errc::invalid_argument, "this is no well-formed HTTP/1.1"});
}

} // namespace troupe
