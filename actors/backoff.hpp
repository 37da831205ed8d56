// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <random>

#include "actors/queue_settings.hpp"

namespace troupe {

/// The longest wait after the `failures`-th failure in a row (counted from 1):
/// `min(max, base * factor^(failures - 1))`. Never overflows, never negative; 0 failures: no wait.
milliseconds backoff_limit(const backoff_settings& settings, std::uint32_t failures);

/// A random wait, uniform in [0, `backoff_limit`] ("full jitter", M. Brooker, "Exponential Backoff
/// And Jitter", AWS Architecture Blog, 2015): what failed together does not come back together.
milliseconds backoff_delay(const backoff_settings& settings, std::uint32_t failures,
                           std::mt19937_64& random);

} // namespace troupe
