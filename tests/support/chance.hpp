// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

namespace troupe::test {

/// The number in a variable of the environment, if it is set.
std::uint64_t number_from(const char* variable, std::uint64_t otherwise);

/// The seeds that a simulation tries. TROUPE_SEEDS: how many; TROUPE_SEED: only this one.
std::vector<std::uint64_t> seeds(std::uint64_t otherwise);

} // namespace troupe::test
