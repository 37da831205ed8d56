// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "actors/supervisor.hpp"
#include "node/node_parts.hpp"

namespace troupe {

/// The supervisor of all actors of a node:
///
///     node (rest for one)
///       receptionist
///       listener                      if the node has an address
///       watch                         on control nodes: tells when the dispatcher serves
///       shard watch                   on service nodes: tells when caches own keys
///       balancer                      if there are service nodes, or this node is a gateway
///       carrier                       the same: lets the node's program use records
///       workload (one for one)
///         jobs (rest for one)         on control nodes
///           repository
///           dispatcher
///           coordinator               if there are service nodes, as is the next
///           record sweeper
///         service (one for one)       on service nodes
///           caches
///           record services
///         worker                      on worker nodes
///
/// So a worker ends before the record services that its jobs write through, and those before the
/// repository.
supervisor_options make_node_tree(node_parts parts);

/// Time enough for everything in the tree to end in order.
milliseconds stop_time(const node_plan& plan);

} // namespace troupe
