// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace troupe {

/// What stands behind a status in a response, and is the title of a problem: "Not Found". Of a
/// status that Troupe never gives: that of 500.
std::string_view reason_phrase(int status);

} // namespace troupe
