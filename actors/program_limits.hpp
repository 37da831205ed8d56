// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "messages/time.hpp"

namespace troupe {

/// What a program may use; see setrlimit(2). Each process that it starts may use as much. 0: as
/// much as this process.
struct program_limits {
  std::uint64_t memory = 0;    ///< bytes of address space
  std::uint64_t file_size = 0; ///< bytes of the largest file it writes
  std::uint32_t files = 0;     ///< open at once
  milliseconds cpu_time{0};    ///< rounded up to seconds
};

} // namespace troupe
