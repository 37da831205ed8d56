// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <utility>

#include "messages/interfaces.hpp"

namespace troupe::test {

using late_atom = caf::atom_constant<caf::atom("late")>;

using slow_repository_actor = repository_actor::extend<
  // Pass on what was late enough.
  caf::reacts_to<late_atom, std::uint64_t>>;

struct slow_repository_state {
  static inline const char* name = "slow_repository";

  std::mt19937_64 random;
  std::uint64_t last = 0;
  std::map<std::uint64_t, std::function<void()>> late; ///< by number
};

/// A way to the repository that is no straight line. Reads of records are answered late, as of a
/// moment that was: another thread has read them and was then in no hurry. Now and then a write
/// arrives seconds later, behind what was sent after it. All else it passes on.
slow_repository_actor::behavior_type
slow_repository(slow_repository_actor::stateful_pointer<slow_repository_state> self,
                repository_actor real, std::uint64_t seed);

} // namespace troupe::test
