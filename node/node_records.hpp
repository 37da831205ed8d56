// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "actors/supervisor.hpp"
#include "node/node_parts.hpp"

/// The part of a node's tree that is there for records.
namespace troupe {

/// Time enough for an actor that holds nothing to end.
inline constexpr milliseconds plain_stop{2000};

/// True if the cluster has a node that answers for records.
bool serves_records(const cluster_config& config);

/// Stands for all record services towards the actors of this node.
child_spec balancer_child(const shared_parts& parts,
                          std::shared_ptr<const receptionist_actor> receptionist,
                          std::shared_ptr<records_actor> started);

/// Lets the program that the node is part of use records.
child_spec carrier_child(const shared_parts& parts, std::shared_ptr<const records_actor> records);

/// On control nodes, below the repository: leases shards of keys to caches.
child_spec coordinator_child(const shared_parts& parts,
                             std::shared_ptr<const repository_actor> repository,
                             receptionist_actor receptionist);

/// On control nodes, below the repository: removes what is over its time.
child_spec sweeper_child(const shared_parts& parts,
                         std::shared_ptr<const repository_actor> repository, records_actor records);

/// On service nodes: caches, and the record services that use them and all others.
child_spec service_child(const shared_parts& parts, receptionist_actor receptionist);

/// Time enough for what `service_child` starts to end in order.
milliseconds service_stop_time(const node_plan& plan);

} // namespace troupe
