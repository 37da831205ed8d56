// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/http.hpp"
#include "gateway/openapi.hpp"
#include "messages/access.hpp"

/// One line in the log for what somebody has changed: who, from where, what, and what became of it.
///
///     audit: token 'boss' at 10.0.0.7: purge_queue /v1/queues/mail:purge: 200 {"cancelled":12,...}
namespace troupe {

enum class audit_level : std::uint8_t {
  off,
  management, ///< queues, workers, jobs that are cancelled or retried, removed records
  all,        ///< and each job, record and session, too
};

/// Whether an answer to this route is worth a line.
bool is_audited(audit_level level, const described_route& route);

/// What stands in the line. `caller` may be null: no token was needed.
std::string audit_line(const described_route& route, const access_token* caller,
                       const http_request& request, const http_response& answer);

} // namespace troupe
