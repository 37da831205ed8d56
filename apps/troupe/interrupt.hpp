// SPDX-License-Identifier: Apache-2.0
#pragma once

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
};

} // namespace troupe
