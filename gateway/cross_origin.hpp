// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http.hpp"

/// What pages of named other sites may ask here (CORS, of the Fetch standard). They show a token in
/// Authorization: cookies do not count across sites.
namespace troupe {

/// A browser asks whether a page of one of these origins may send what it wants to send.
bool is_preflight(const http_request& x, const std::vector<std::string>& origins);

/// The answer to that. `methods`: "GET, HEAD".
http_response preflight_response(const std::string& methods);

/// Lets the page of one of these origins read the answer.
void share(const http_request& request, http_response& x, const std::vector<std::string>& origins);

} // namespace troupe
