// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/record_operation.hpp"

namespace troupe::test {

enum class linearizability : std::uint8_t { holds = 1, violated, undecided };

struct linearizability_verdict {
  linearizability result = linearizability::holds;
  std::string explanation; ///< for people; empty when it holds
  std::size_t states = 0;  ///< configurations that were looked at

  explicit operator bool() const noexcept { return result == linearizability::holds; }
};

/// Is there an order of the operations that respects their times and in which each record behaves
/// as if one client after the other used it?
///
/// Each key is looked at alone, which is enough (Herlihy and Wing 1990, locality). The search is
/// that of Wing and Gong (1993) with the memory of Lowe (2017): configurations, made of the set of
/// operations done and the state they lead to, that were met before are not met again.
///
/// A record is absent, or has a version and a value. Versions grow along the order, past removals,
/// too. Values that are written should be unique, for what is written twice can be read from either
/// write. What a refusal says of a version that nobody was told is not used.
///
/// If not, the explanation shows the shortest beginning of the history for which there is none.
/// Undecided after `states_max` configurations of one key.
linearizability_verdict check_linearizability(const std::vector<record_operation>& history,
                                              std::size_t states_max = 5'000'000);

} // namespace troupe::test
