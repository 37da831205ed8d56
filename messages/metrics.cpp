// SPDX-License-Identifier: Apache-2.0
#include "messages/metrics.hpp"

#include <algorithm>

namespace troupe {

namespace {

template <class Bounds, class Value>
void add_to(histogram& x, const Bounds& bounds, Value value, std::uint64_t amount) {
  x.counts.resize(bounds.size() + 1);
  const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
  ++x.counts[static_cast<std::size_t>(bucket)];
  x.sum += amount;
}

} // namespace

void add(histogram& x, std::chrono::microseconds value) {
  value = std::max(value, std::chrono::microseconds{0}); // the wall clock may be set back
  add_to(x, duration_bounds, value, static_cast<std::uint64_t>(value.count()));
}

void add(histogram& x, std::uint64_t value) {
  add_to(x, number_bounds, value, value);
}

} // namespace troupe
