// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor_system.hpp>
#include <caf/local_actor.hpp>
#include <utility>

#include "actors/environment.hpp"

namespace troupe {

/// Spawns an actor that may block on a thread of its own, unless the environment simulates.
/// The only place that spells `detached`. `parent` is an actor system or a local actor.
template <class Parent, class Function, class... Arguments>
auto spawn_blocking(Parent& parent, const environment& env, Function function,
                    Arguments&&... arguments) {
  if (env.own_threads)
    return parent.template spawn<caf::detached>(function, std::forward<Arguments>(arguments)...);
  return parent.spawn(function, std::forward<Arguments>(arguments)...);
}

} // namespace troupe
