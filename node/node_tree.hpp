#pragma once
#include <functional>
#include <memory>

#include "actors/supervisor.hpp"
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
};

/// The supervisor of all actors of a node:
///
///     node (rest for one)
///       receptionist
///       listener                      if the node has an address
///       watch                         on control nodes: tells when the dispatcher serves
///       workload (one for one)
///         jobs (rest for one)         on control nodes
///           repository
///           dispatcher
///         worker                      on worker nodes
supervisor_options make_node_tree(node_parts parts);

/// Time enough for everything in the tree to end in order.
milliseconds stop_time(const node_plan& plan);

} // namespace troupe
