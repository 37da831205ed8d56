// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// The name of `names` that `text` probably meant; empty: none is near.
std::string nearest_name(std::string_view text, const std::vector<std::string>& names);

} // namespace troupe
