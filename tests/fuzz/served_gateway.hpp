// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "gateway/http.hpp"

namespace troupe::fuzz {

/// What a request was answered with.
struct given_answer {
  bool answered = false;
  http_response response; ///< of a stream: its head, and the pieces as the body
};

/// Serves a request with a whole gateway, before records and jobs that answer at once, on a clock
/// of its own: also what waits for something is answered in the end.
given_answer serve(http_request request);

} // namespace troupe::fuzz
