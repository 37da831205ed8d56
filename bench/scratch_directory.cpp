// SPDX-License-Identifier: Apache-2.0
#include "bench/scratch_directory.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "bench/process.hpp"

namespace troupe::bench {

scratch_directory::scratch_directory()
    : path_{own_program().parent_path().parent_path() / fmt::format("bench-{}", getpid())} {
  std::filesystem::remove_all(path_);
  std::filesystem::create_directories(path_);
}

scratch_directory::~scratch_directory() {
  std::error_code ignored; // what cannot be removed does no harm
  std::filesystem::remove_all(path_, ignored);
}

} // namespace troupe::bench
