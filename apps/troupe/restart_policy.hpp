// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <random>

#include "messages/time.hpp"

namespace troupe {

/// When a process that ended is started again.
class restart_policy {
public:
  explicit restart_policy(std::uint64_t seed) : random_{seed} {}

  /// How long to wait, after it lived for `lived` and ended with `status` (negative: by that
  /// signal). Nothing: give up, because it has never worked and is not going to.
  std::optional<milliseconds> ended(milliseconds lived, int status);

private:
  std::mt19937_64 random_;
  std::uint32_t short_lives_ = 0; ///< in a row
  bool has_worked_ = false;
};

} // namespace troupe
