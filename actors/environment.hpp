// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>

#include "messages/time.hpp"

namespace troupe {

/// Where actors take threads, wall-clock time and chance from. A node uses `real()`; the simulation
/// has its own, so that one seed is one history. Monotonic time is always `self->clock()`.
struct environment {
  /// May an actor that blocks (disk, pipes) have a thread of its own? The simulation says no.
  bool own_threads = true;

  /// The wall clock.
  std::function<timestamp()> now;

  /// Seed of an actor's random engine; another one at each call.
  std::function<std::uint64_t()> seed;

  /// The system's clock and entropy.
  static environment real();
};

} // namespace troupe
