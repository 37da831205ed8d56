// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "node/config.hpp"

namespace troupe {

/// What somebody who has just started a cluster wants to know: where it can be looked at and
/// called, and a first command. `file` is the name of its cluster file as it was given.
std::vector<std::string> next_steps(const cluster_config& config, const std::string& file);

} // namespace troupe
