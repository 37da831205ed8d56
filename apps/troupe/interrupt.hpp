// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>

namespace troupe {

/// Turns the first Ctrl-C or SIGTERM into something to ask for, while it exists: for work that is
/// stopped between two steps. The second one ends the program as usual.
class interrupt_guard {
public:
  interrupt_guard();
  ~interrupt_guard();
  interrupt_guard(const interrupt_guard&) = delete;
  interrupt_guard& operator=(const interrupt_guard&) = delete;

  bool interrupted() const;

  /// Sleeps until then, or until it is interrupted, which is noticed within a twentieth of a
  /// second.
  void wait_until(std::chrono::steady_clock::time_point time) const;
};

} // namespace troupe
