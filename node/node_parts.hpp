// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <functional>
#include <memory>

#include "actors/environment.hpp"
#include "messages/interfaces.hpp"
#include "node/connector.hpp"
#include "node/node_plan.hpp"
#include "node/node_status.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe {

/// What the actors of a node are made of.
struct node_parts {
  node_plan plan;
  node_info self;
  caf::actor middleman;
  connector_actor connector;
  environment env;
  /// Opens the database; called at each start of the repository, on a thread that may block.
  std::function<result<std::shared_ptr<storage_engine>>()> open_store;
  std::shared_ptr<node_status> status;
  /// Whether this node had a coordinator before.
  std::shared_ptr<std::atomic<bool>> coordinated = std::make_shared<std::atomic<bool>>(false);
};

using shared_parts = std::shared_ptr<const node_parts>;

/// So much longer than all that is below it a supervisor waits.
inline constexpr milliseconds stop_margin{2000};

/// What a supervisor keeps of a child.
template <class Handle>
caf::actor untyped(const Handle& x) {
  return caf::actor_cast<caf::actor>(x);
}

} // namespace troupe
