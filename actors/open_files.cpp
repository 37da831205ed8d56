// SPDX-License-Identifier: Apache-2.0
#include "actors/open_files.hpp"

#include <algorithm>
#include <atomic>
#include <sys/resource.h>

namespace troupe {

namespace {

constexpr rlim_t open_files_max = 1024 * 1024;

// The soft limit that this process was started with; 0: it was not raised.
std::atomic<rlim_t> first_soft_limit{0};

} // namespace

void raise_open_files() noexcept {
  rlimit bounds{};
  if (::getrlimit(RLIMIT_NOFILE, &bounds) != 0)
    return;
  const auto before = bounds.rlim_cur;
  bounds.rlim_cur = std::min(bounds.rlim_max, std::max(before, open_files_max));
  if (bounds.rlim_cur != before && ::setrlimit(RLIMIT_NOFILE, &bounds) == 0)
    first_soft_limit = before;
}

void restore_open_files() noexcept {
  rlimit bounds{};
  const auto soft = first_soft_limit.load();
  if (soft == 0 || ::getrlimit(RLIMIT_NOFILE, &bounds) != 0)
    return;
  bounds.rlim_cur = std::min(bounds.rlim_max, soft);
  ::setrlimit(RLIMIT_NOFILE, &bounds);
}

} // namespace troupe
