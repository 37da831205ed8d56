// SPDX-License-Identifier: Apache-2.0
#include "gateway/openapi_problems.hpp"

#include <fmt/format.h>
#include <set>

#include "gateway/problem.hpp"
#include "gateway/reason_phrase.hpp"

namespace troupe {

namespace {

constexpr errc last_code = errc::too_costly;

/// Calls `take` with every code but `none`.
template <class Take>
void for_each_code(const Take& take) {
  for (int i = 1; i <= static_cast<int>(last_code); ++i)
    take(static_cast<errc>(i));
}

std::string described(int status) {
  std::string codes;
  for_each_code([&](errc code) {
    if (status_of(code) == status)
      codes += fmt::format("{}`{}`", codes.empty() ? "" : ", ", name_of(code));
  });
  for (int i = 0; i < http_refused_count; ++i)
    if (const auto x = static_cast<http_refused>(i); status_of(x) == status)
      codes += fmt::format("{}`{}`", codes.empty() ? "" : ", ", name_of(x));
  return fmt::format("{}{}{}.", reason_phrase(status), codes.empty() ? "" : ": ", codes);
}

json reference(std::string_view header) {
  return {{"$ref", "#/components/headers/" + std::string{header}}};
}

} // namespace

std::vector<int> refusals_of(const described_route& route, bool tokens) {
  std::set<int> statuses{400, 503};
  if (tokens && route.needs != permission::open)
    statuses.insert({401, 429});
  // Changes that a page of another site asks for, too.
  if ((tokens && route.needs > permission::any) || route.method != http_method::get)
    statuses.insert(403);
  for (std::size_t i = 0; i + 3 <= route.text.refusals.size(); i += 4)
    statuses.insert(std::stoi(std::string{route.text.refusals.substr(i, 3)}));
  return {statuses.begin(), statuses.end()};
}

std::string refusal_name(int status) {
  return fmt::format("refused_{}", status);
}

json refusal_response(int status) {
  json x{{"description", described(status)}};
  switch (status) {
  case 401:
    x["headers"]["WWW-Authenticate"] = reference("WWW-Authenticate");
    break;
  case 403:
    x["headers"]["WWW-Authenticate"] = reference("WWW-Authenticate_of_scopes");
    break;
  case 415:
    x["headers"]["Accept-Patch"] = reference("Accept-Patch");
    break;
  case 429:
  case 503:
    x["headers"]["Retry-After"] = reference("Retry-After");
    break;
  default:
    break;
  }
  x["content"]["application/problem+json"]["schema"] = {{"$ref", "#/components/schemas/problem"}};
  return x;
}

json error_code_schema() {
  json codes = json::array();
  for_each_code([&](errc code) {
    codes.push_back({{"const", name_of(code)}, {"description", describe(code)}});
  });
  for (int i = 0; i < http_refused_count; ++i) {
    const auto x = static_cast<http_refused>(i);
    codes.push_back({{"const", name_of(x)}, {"description", describe(x)}});
  }
  return {{"type", "string"}, {"oneOf", std::move(codes)}};
}

} // namespace troupe
