// SPDX-License-Identifier: Apache-2.0
#include "gateway/problem.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

#include "gateway/reason_phrase.hpp"

namespace troupe {

namespace {

using json = nlohmann::ordered_json;

// The text of `invalid_record` has a line a violation: "pointer: what".
json violations_of(const std::string& text) {
  json list = json::array();
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    const auto line = text.substr(begin, end - begin);
    begin = end + 1;
    const auto colon = line.find(": ");
    if (line.empty() || (line[0] != '/' && line[0] != ':') || colon == std::string::npos)
      continue;
    list.push_back({{"pointer", line.substr(0, colon)}, {"detail", line.substr(colon + 2)}});
  }
  return list;
}

} // namespace

int status_of(errc code) noexcept {
  switch (code) {
  case errc::none:
    return 200;
  case errc::invalid_argument:
    return 400;
  case errc::unknown_queue:
  case errc::unknown_job:
  case errc::unknown_collection:
  case errc::unknown_record:
  case errc::unknown_token:
    return 404;
  case errc::unauthenticated:
    return 401;
  case errc::forbidden:
    return 403;
  case errc::rate_limited:
    return 429;
  case errc::wrong_state:
  case errc::token_exists:
  case errc::lease_lost:
  case errc::patch_failed:
    return 409;
  case errc::precondition_failed:
    return 412;
  case errc::payload_too_large:
  case errc::batch_too_large:
    return 413;
  case errc::invalid_record:
  case errc::idempotency_mismatch:
    return 422;
  case errc::precondition_required:
    return 428;
  case errc::queue_full:
  case errc::overloaded:
  case errc::unavailable:
  case errc::not_owner:
  case errc::shutting_down:
    return 503;
  case errc::timed_out:
  case errc::too_costly:
    return 504;
  case errc::storage_full:
    return 507;
  case errc::storage_failed:
  case errc::storage_incompatible:
  case errc::storage_corrupt:
  case errc::incompatible_version:
  case errc::config_invalid:
    return 500;
  }
  return 500;
}

http_response problem(const error& why) {
  return problem(status_of(why.code), why);
}

http_response problem(int status, const error& why) {
  json body{{"type", "about:blank"},
            {"title", reason_phrase(status)},
            {"status", status},
            {"code", name_of(why.code)},
            {"detail", why.text.empty() ? std::string{describe(why.code)} : why.text}};
  if (why.code == errc::invalid_record)
    if (auto list = violations_of(why.text); !list.empty()) {
      body["detail"] = "The record breaks its collection's schema.";
      body["errors"] = std::move(list);
    }
  http_response x{status, {{"Content-Type", "application/problem+json"}}, {}};
  // Texts may quote what the caller sent.
  x.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  if (status == 503)
    x.headers.emplace_back("Retry-After", "1");
  return x;
}

} // namespace troupe
