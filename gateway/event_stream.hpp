// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/http.hpp"
#include "messages/time.hpp"

/// Server-sent events (HTML standard).
namespace troupe {

/// A stream says something that often, if only a comment: otherwise proxies may think that the
/// connection is dead.
inline constexpr milliseconds stream_heartbeat{15'000};

/// The head of such an answer, and how soon its reader comes back when it ends.
inline http_response event_stream_head() {
  return {200,
          {{"Content-Type", "text/event-stream"},
           {"Cache-Control", "no-store"},
           {"X-Accel-Buffering", "no"},
           {"X-Content-Type-Options", "nosniff"}},
          "retry: 1000\n\n"};
}

} // namespace troupe
