// SPDX-License-Identifier: Apache-2.0
#include "gateway/audit.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "actors/error_text.hpp"

namespace troupe {

namespace {

constexpr std::size_t path_bytes_max = 300;

// Longer answers say more than how many.
constexpr std::size_t figures_bytes_max = 300;

/// How many were changed, or why not.
std::string outcome_of(const described_route& route, const http_response& answer) {
  if (answer.body.empty())
    return {};
  if (answer.status < 300)
    // Of nothing else: what is stored is nobody's to read in a log.
    return route.needs == permission::admin && answer.body.size() <= figures_bytes_max
             ? " " + answer.body
             : std::string{};
  const auto problem = nlohmann::json::parse(answer.body, nullptr, false);
  const auto code = problem.is_object() ? problem.find("code") : problem.end();
  return code != problem.end() && code->is_string() ? " " + code->get<std::string>()
                                                    : std::string{};
}

} // namespace

bool is_audited(audit_level level, const described_route& route) {
  using enum http_method;
  if (level == audit_level::off || route.method == get || route.method == head)
    return false;
  // What a worker says every few seconds changes nothing that lasts.
  if (level == audit_level::all)
    return route.pattern != "/v1/leases:heartbeat";
  return route.needs == permission::admin || route.needs == permission::jobs_change
         || (route.method == remove && route.needs != permission::open);
}

std::string audit_line(const described_route& route, const access_token* caller,
                       const http_request& request, const http_response& answer) {
  // The path as it was sent is percent-encoded, so it cannot forge a line.
  return fmt::format("audit: {} at {}: {} {}: {}{}",
                     caller ? "token '" + caller->name + "'" : std::string{"anybody"}, request.peer,
                     route.text.name, error_text(request.path, path_bytes_max), answer.status,
                     outcome_of(route, answer));
}

} // namespace troupe
