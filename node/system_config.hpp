// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor_system_config.hpp>
#include <cstddef>

namespace troupe {

/// How CAF is set up in every process of a cluster, nodes and clients alike. The settings of the
/// network must be the same on both ends of a connection.
class system_config : public caf::actor_system_config {
public:
  /// `threads` run actors that do not block; blocking ones have their own.
  explicit system_config(std::size_t threads);
};

} // namespace troupe
