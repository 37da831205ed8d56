// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "node/config.hpp"

namespace troupe {

/// The configuration with every setting, as TOML that reads as the same configuration.
std::string toml_of(const cluster_config& config);

} // namespace troupe
