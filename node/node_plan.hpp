// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <string>

#include "actors/handler.hpp"
#include "actors/worker.hpp"
#include "gateway/site.hpp"
#include "node/config.hpp"

namespace troupe {

/// What one node of a cluster has to do, checked.
struct node_plan {
  cluster_config config;
  node_settings node;
  std::map<std::string, worker_queue> queues; ///< that its worker runs; empty without the role
  std::shared_ptr<const troupe::site> site{}; ///< that its gateway serves; null: none
};

/// Looks for everything that would keep the node from working and can be known beforehand: all of
/// `config_invalid`, with a line a problem. `handlers` are those that the program brings.
result<node_plan> plan_node(cluster_config config, const std::string& name,
                            const handler_map& handlers);

} // namespace troupe
