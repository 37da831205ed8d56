// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "actors/dispatcher_state.hpp"
#include "tests/support/promise_checker.hpp"

namespace troupe::test {

/// Looks into a dispatcher: what it believes of its store, and what it keeps in memory.
class dispatcher_probe {
public:
  /// `data` only says which jobs there are.
  static dispatcher_picture look(const dispatcher_state& state, const memory_data& data);
};

} // namespace troupe::test
