// SPDX-License-Identifier: Apache-2.0
#include "actors/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {

milliseconds backoff_limit(const backoff_settings& settings, std::uint32_t failures) {
  if (failures == 0 || settings.base <= milliseconds{0})
    return milliseconds{0};
  auto max = std::max(settings.max, milliseconds{0});
  auto grown = static_cast<double>(settings.base.count())
               * std::pow(settings.factor, static_cast<double>(failures - 1));
  // Compared as floating point: infinity has no integer value.
  return grown < static_cast<double>(max.count()) ? milliseconds{static_cast<std::int64_t>(grown)}
                                                  : max;
}

milliseconds backoff_delay(const backoff_settings& settings, std::uint32_t failures,
                           std::mt19937_64& random) {
  std::uniform_int_distribution<milliseconds::rep> spread{
    0, backoff_limit(settings, failures).count()};
  return milliseconds{spread(random)};
}

} // namespace troupe
