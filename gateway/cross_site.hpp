// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "gateway/http.hpp"

namespace troupe {

/// True if a browser sends this request for a page of another site, and it may change something:
/// such a page must not act with what this browser may do here.
///
/// Goes by Sec-Fetch-Site (Fetch Metadata), or by Origin against Host where a browser leaves that
/// out; programs that are no browsers send neither.
bool is_cross_site_change(const http_request& x, const std::vector<std::string>& origins = {});

} // namespace troupe
