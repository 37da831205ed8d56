// SPDX-License-Identifier: Apache-2.0
#include "gateway/problem.hpp"

#include <array>
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

json body_of(int status, std::string_view code, const std::string& detail) {
  return {{"type", "about:blank"},
          {"title", reason_phrase(status)},
          {"status", status},
          {"code", code},
          {"detail", detail}};
}

http_response response_of(int status, const json& body) {
  // Texts may quote what the caller sent.
  return {status,
          {{"Content-Type", "application/problem+json"}, {"Cache-Control", "no-store"}},
          body.dump(-1, ' ', false, json::error_handler_t::replace)};
}

struct refusal_text {
  int status;
  std::string_view name;
  std::string_view meaning;
};

constexpr std::array<refusal_text, http_refused_count> refusals{{
  {404, "not_found", "There is nothing at this path."},
  {405, "method_not_allowed", "This path does not take the method; Allow says which it takes."},
  {415, "unsupported_media_type", "The body is of a type that this path does not take."},
  {415, "unsupported_coding", "The body is in a coding other than gzip."},
  {421, "misdirected", "This gateway does not go by the name that it was called by."},
  {403, "cross_site", "A page of another site may change nothing here."},
  {410, "changes_gone",
   "Changes after this number are gone; list the records, then go on from "
   "the list's sequence."},
  {409, "record_exists", "There is a record with this id already."},
}};

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
  auto body = body_of(status, name_of(why.code),
                      why.text.empty() ? std::string{describe(why.code)} : why.text);
  if (why.code == errc::invalid_record)
    if (auto list = violations_of(why.text); !list.empty()) {
      body["detail"] = "The record breaks its collection's schema.";
      body["errors"] = std::move(list);
    }
  auto x = response_of(status, body);
  if (status == 503)
    x.headers.emplace_back("Retry-After", "1");
  return x;
}

std::string_view name_of(http_refused x) {
  return refusals[static_cast<std::size_t>(x)].name;
}

std::string_view describe(http_refused x) {
  return refusals[static_cast<std::size_t>(x)].meaning;
}

int status_of(http_refused x) {
  return refusals[static_cast<std::size_t>(x)].status;
}

http_response problem(http_refused x, const std::string& text) {
  const auto status = status_of(x);
  return response_of(status,
                     body_of(status, name_of(x), text.empty() ? std::string{describe(x)} : text));
}

} // namespace troupe
