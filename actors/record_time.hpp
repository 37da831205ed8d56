// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "messages/errors.hpp"
#include "messages/time.hpp"

namespace troupe {

/// Reads a time as RFC 3339 has it, e.g. "2026-01-31T08:15:30.25+01:00"; the other way round is
/// `rfc3339`. Digits behind the microsecond are cut off; a leap second counts as the next one.
result<timestamp> read_rfc3339(std::string_view text);

} // namespace troupe
