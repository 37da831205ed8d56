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
  case http_refusal::unknown_version:
    return "unknown_version";
  case http_refusal::unknown_coding:
    return "unknown_coding";
  case http_refusal::unknown_expectation:
    return "unknown_expectation";
  case http_refusal::overloaded:
    return "overloaded";
  case http_refusal::handshake:
    return "handshake";
  }
  return "malformed";
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
  case http_refusal::unknown_version:
    return problem(505, {errc::invalid_argument, "this server speaks HTTP/1.1 and HTTP/1.0"});
  case http_refusal::unknown_coding:
    return problem(501, {errc::invalid_argument, "the only transfer coding that this server knows "
                                                 "is chunked"});
  case http_refusal::unknown_expectation:
    return problem(417, {errc::invalid_argument, "the only expectation that this server meets is "
                                                 "100-continue"});
  case http_refusal::overloaded:
    return problem({errc::overloaded, "this server has too much to do at once; try again soon"});
  case http_refusal::malformed:
  case http_refusal::handshake:
    break;
  }
  return problem(400, {errc::invalid_argument, "this is no well-formed HTTP/1.1"});
}

} // namespace troupe
