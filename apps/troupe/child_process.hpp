// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

#include "messages/errors.hpp"

namespace troupe {

/// Starts a program in a process group of its own, with nothing on its standard input. Its output
/// is appended to `log`, or goes to our standard error if that is empty. The kernel kills it when
/// the calling thread ends.
result<pid_t> start_process(const std::vector<std::string>& command,
                            const std::filesystem::path& log);

} // namespace troupe
