// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "messages/time.hpp"

namespace troupe {

/// "2026-11-24T06:32:21.123Z"; empty for 1970, which stands for never.
std::string format_time(timestamp x);

std::string base64(std::string_view bytes);

/// Nothing if it is no base64 with padding.
std::optional<std::string> base64_decode(std::string_view text);

} // namespace troupe
