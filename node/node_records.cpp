// SPDX-License-Identifier: Apache-2.0
#include "node/node_records.hpp"

#include <algorithm>
#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <string>
#include <utility>

#include "actors/balancer.hpp"
#include "actors/cache.hpp"
#include "actors/cache_state.hpp"
#include "actors/coordinator.hpp"
#include "actors/coordinator_state.hpp"
#include "actors/record_service.hpp"
#include "actors/record_service_state.hpp"
#include "actors/record_sweeper.hpp"
#include "node/local_carrier.hpp"

namespace troupe {

namespace {

// So often a cache renews its leases before they end.
constexpr int renewals_in_lease = 3;

// What is under way ends within the request time-out, then the shards are handed back.
milliseconds cache_stop(const node_plan& plan) {
  return 2 * plan.config.cluster.request_timeout + stop_margin;
}

caf::actor start_cache(caf::local_actor* parent, const node_parts& parts,
                       const receptionist_actor& receptionist, std::uint32_t number) {
  const auto& node = parts.plan.node;
  cache_options options;
  // Another incarnation than before: what an earlier one owned is not this one's.
  options.id = {node.name, parts.env.seed(), number};
  options.collections = parts.plan.config.collections;
  options.shares = node.caches;
  options.request_timeout = parts.plan.config.cluster.request_timeout;
  options.receptionist = receptionist;
  options.env = parts.env;
  return untyped(parent->spawn(cache, std::move(options)));
}

caf::actor start_service(caf::local_actor* parent, const node_parts& parts,
                         const receptionist_actor& receptionist, std::uint32_t number) {
  record_service_options options;
  options.name
    = std::string{record_service_prefix} + parts.plan.node.name + "/" + std::to_string(number);
  options.collections = parts.plan.config.collections;
  options.request_timeout = parts.plan.config.cluster.request_timeout;
  options.receptionist = receptionist;
  options.env = parts.env;
  return untyped(parent->spawn(record_service, std::move(options)));
}

supervisor_options service_supervisor(const shared_parts& parts,
                                      const receptionist_actor& receptionist) {
  const auto& node = parts->plan.node;
  std::vector<child_spec> children;
  // Services end first, so that the caches have no more to do when they hand their keys over.
  for (std::uint32_t i = 1; i <= node.caches; ++i)
    children.push_back(
      {.name = "cache " + std::to_string(i),
       .start
       = [=](caf::local_actor* parent) { return start_cache(parent, *parts, receptionist, i); },
       .shutdown_timeout = cache_stop(parts->plan)});
  for (std::uint32_t i = 1; i <= node.services; ++i)
    children.push_back(
      {.name = "record service " + std::to_string(i),
       .start
       = [=](caf::local_actor* parent) { return start_service(parent, *parts, receptionist, i); },
       .shutdown_timeout = plain_stop});
  return {
    .name = "service",
    .settings
    = {.strategy = restart_strategy::one_for_one, .intensity = 5, .period = milliseconds{30'000}},
    .children = std::move(children),
    .env = parts->env};
}

} // namespace

bool serves_records(const cluster_config& config) {
  return std::any_of(config.nodes.begin(), config.nodes.end(),
                     [](auto& node) { return node.has_role("service"); });
}

child_spec balancer_child(const shared_parts& parts,
                          std::shared_ptr<const receptionist_actor> receptionist,
                          std::shared_ptr<records_actor> started) {
  auto start = [=](caf::local_actor* parent) {
    balancer_options options;
    options.prefix = record_service_prefix;
    options.request_timeout = parts->plan.config.cluster.request_timeout;
    options.receptionist = *receptionist;
    options.env = parts->env;
    *started = parent->spawn(balancer, std::move(options));
    return untyped(*started);
  };
  return {.name = "balancer", .start = start, .shutdown_timeout = plain_stop};
}

child_spec carrier_child(const shared_parts& parts, std::shared_ptr<const records_actor> records) {
  auto start = [=](caf::local_actor* parent) {
    auto started = parent->spawn(local_carrier, *records);
    parts->status->carrier_started(started);
    return untyped(started);
  };
  return {.name = "carrier", .start = start, .shutdown_timeout = plain_stop};
}

child_spec coordinator_child(const shared_parts& parts,
                             std::shared_ptr<const repository_actor> repository,
                             receptionist_actor receptionist) {
  auto start = [=](caf::local_actor* parent) {
    const auto lease = parts->plan.config.cluster.shard_lease;
    coordinator_options options;
    options.node = parts->plan.node.name;
    options.first_in_process = !parts->coordinated->exchange(true);
    options.interval = lease / renewals_in_lease;
    options.lease = lease;
    options.repository = *repository;
    options.receptionist = receptionist;
    return untyped(parent->spawn(coordinator, std::move(options)));
  };
  return {.name = "coordinator", .start = start, .shutdown_timeout = plain_stop};
}

child_spec sweeper_child(const shared_parts& parts,
                         std::shared_ptr<const repository_actor> repository,
                         records_actor records) {
  auto start = [=](caf::local_actor* parent) {
    record_sweeper_options options;
    options.collections = parts->plan.config.collections;
    options.repository = *repository;
    options.records = records;
    options.env = parts->env;
    return untyped(parent->spawn(record_sweeper, std::move(options)));
  };
  return {.name = "record sweeper", .start = start, .shutdown_timeout = plain_stop};
}

child_spec service_child(const shared_parts& parts, receptionist_actor receptionist) {
  return {.name = "service",
          .start =
            [=](caf::local_actor* parent) {
              return parent->spawn(supervisor, service_supervisor(parts, receptionist));
            },
          .shutdown_timeout = service_stop_time(parts->plan)};
}

milliseconds service_stop_time(const node_plan& plan) {
  return plan.node.caches * cache_stop(plan) + plan.node.services * plain_stop + stop_margin;
}

} // namespace troupe
