// SPDX-License-Identifier: Apache-2.0
#include "actors/environment.hpp"

#include <random>

namespace troupe {

environment environment::real() {
  environment result;
  result.now = [] {
    return std::chrono::time_point_cast<timestamp::duration>(std::chrono::system_clock::now());
  };
  result.seed = [] {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
  };
  return result;
}

} // namespace troupe
