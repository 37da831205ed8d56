#pragma once
#include <string>
#include <string_view>

#include "messages/time.hpp"

namespace troupe {

/// "2026-11-24T06:32:21.123Z"; empty for 1970, which stands for never.
std::string format_time(timestamp x);

std::string base64(std::string_view bytes);

} // namespace troupe
