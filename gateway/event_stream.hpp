// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "gateway/http.hpp"
#include "messages/time.hpp"

/// Server-sent events (HTML standard).
namespace troupe {

/// A stream says something that often, if only a comment: otherwise proxies may think that the
/// connection is dead.
inline constexpr milliseconds stream_heartbeat{15'000};

/// The head of a gateway's `number`th such answer, and how soon its reader comes back when it ends:
/// not all in the same second, for all that lose a gateway go to the next one. Steps of the golden
/// ratio are spread evenly, however many there are.
inline http_response event_stream_head(std::uint64_t number) {
  const auto retry = 500 + number % 2000 * 1236 % 2000;
  return {200,
          {{"Content-Type", "text/event-stream"},
           {"Cache-Control", "no-store"},
           {"X-Accel-Buffering", "no"},
           {"X-Content-Type-Options", "nosniff"}},
          "retry: " + std::to_string(retry) + "\n\n"};
}

} // namespace troupe
