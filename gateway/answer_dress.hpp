// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "gateway/http.hpp"

namespace troupe {

/// What is the same for all answers of a gateway: browsers guess no types, nobody but its caller
/// keeps an answer that says nothing else, what is long and whole is compressed, and pages of
/// `origins` may read it. Any thread.
void dress(const http_request& request, http_response& x, bool whole,
           const std::vector<std::string>& origins);

} // namespace troupe
