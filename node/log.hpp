// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace troupe {

/// Sends spdlog's default logger to stderr, each line with time, level and the node's name.
/// `level` and `format` as in `log_settings`. For the whole process.
void log_to_stderr(const std::string& node, const std::string& level,
                   const std::string& format = "text");

} // namespace troupe
