// SPDX-License-Identifier: Apache-2.0
#include "gateway/media_type.hpp"

#include <algorithm>

#include "gateway/content_coding.hpp"
#include "gateway/problem.hpp"

namespace troupe {

namespace {

bool is_sent_with_body(const http_request& x) {
  return x.method == http_method::post || x.method == http_method::put
         || x.method == http_method::patch;
}

} // namespace

std::string media_type(const http_request& x) {
  auto type = x.header("content-type");
  type = type.substr(0, type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t'))
    type.remove_suffix(1);
  std::string text{type};
  std::transform(text.begin(), text.end(), text.begin(), [](char each) {
    return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
  });
  return text;
}

std::optional<http_response> wrong_content(const http_request& x, std::string_view kind) {
  if (is_sent_with_body(x) && !is_known_coding(x)) {
    auto response = problem(http_refused::unsupported_coding);
    response.headers.emplace_back("Accept-Encoding", "gzip");
    return response;
  }
  const auto type = media_type(x);
  if (kind == "record" && !type.empty() && type != json_type)
    return problem(http_refused::unsupported_media_type,
                   "the body must be " + std::string{json_type});
  if (kind == "record_patch" && type != json_type && type != merge_patch_type
      && type != json_patch_type) {
    auto response = problem(http_refused::unsupported_media_type,
                            "the body must be one of " + std::string{patch_types});
    response.headers.emplace_back("Accept-Patch", patch_types);
    return response;
  }
  return std::nullopt;
}

} // namespace troupe
