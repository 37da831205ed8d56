// SPDX-License-Identifier: Apache-2.0
#include "tests/support/chance.hpp"

#include <cstdlib>
#include <numeric>
#include <string>

namespace troupe::test {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::stoull(text) : otherwise;
}

std::vector<std::uint64_t> seeds(std::uint64_t otherwise) {
  if (const auto only = number_from("TROUPE_SEED", 0); only != 0)
    return {only};
  std::vector<std::uint64_t> result(number_from("TROUPE_SEEDS", otherwise));
  std::iota(result.begin(), result.end(), 1);
  return result;
}

} // namespace troupe::test
