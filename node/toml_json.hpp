// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "messages/errors.hpp"
#include "node/toml_reader.hpp"

namespace troupe {

/// A TOML value as JSON, compact, with keys in the order of the file. `invalid_argument` for what
/// JSON has no word for: dates, times, and numbers that are not finite.
result<std::string> json_of(const toml_value& value);

} // namespace troupe
