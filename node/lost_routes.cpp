// SPDX-License-Identifier: Apache-2.0
#include "node/lost_routes.hpp"

#include <algorithm>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/multiplexer.hpp>
#include <mutex>
#include <vector>

namespace troupe {

namespace {

/// Those that were reached through others, none of which is connected now.
std::vector<caf::node_id> lost_nodes(caf::io::basp::routing_table& routes) {
  std::vector<caf::node_id> result;
  std::lock_guard guard{routes.mtx_};
  for (const auto& [node, hops] : routes.indirect_) {
    const auto leads
      = [&](const caf::node_id& hop) { return routes.direct_by_nid_.count(hop) > 0; };
    if (routes.direct_by_nid_.count(node) == 0 && std::none_of(hops.begin(), hops.end(), leads))
      result.push_back(node);
  }
  return result;
}

/// Only on the network's thread, which is the one that runs the broker.
void forget_now(caf::io::basp_broker& broker) {
  if (broker.getf(caf::abstract_actor::is_terminated_flag))
    return; // its tables are gone
  auto& routes = broker.instance.tbl();
  for (const auto& node : lost_nodes(routes)) {
    routes.erase_indirect(node);
    broker.instance.proxies().erase(node);
  }
}

} // namespace

void forget_lost_routes(caf::actor_system& system) {
  auto& middleman = system.middleman();
  auto broker = middleman.named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  middleman.backend().post([broker] {
    forget_now(*static_cast<caf::io::basp_broker*>(caf::actor_cast<caf::abstract_actor*>(broker)));
  });
}

} // namespace troupe
