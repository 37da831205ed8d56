// SPDX-License-Identifier: Apache-2.0
#include "node/node_tree.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <utility>

#include "actors/dispatcher.hpp"
#include "actors/dispatcher_state.hpp"
#include "actors/handler_pool.hpp"
#include "actors/logging.hpp"
#include "actors/receptionist.hpp"
#include "actors/repository.hpp"
#include "actors/running_worker.hpp"
#include "actors/spawn.hpp"
#include "actors/worker.hpp"
#include "gateway/gateway.hpp"
#include "gateway/gateway_state.hpp"
#include "node/certificate_watch.hpp"
#include "node/config_checks.hpp"
#include "node/gateway_settings.hpp"
#include "node/listener.hpp"
#include "node/node_records.hpp"
#include "node/node_watch.hpp"

namespace troupe {

namespace {

// A program is killed when its grace is over, and must be seen to have ended before it is given up.
constexpr milliseconds kill_margin{1000};
// Each supervisor waits longer than all that is below it.
constexpr milliseconds receptionist_stop{2000};
constexpr milliseconds gateway_stop{5000};
// Whom a gateway asks gives up after the time of a request itself, and can say why.
constexpr milliseconds gateway_patience{500};
constexpr milliseconds listener_stop{6000};
constexpr milliseconds dispatcher_stop{5000};
constexpr milliseconds repository_stop{30'000};
constexpr milliseconds jobs_stop = dispatcher_stop + 2 * plain_stop + repository_stop + stop_margin;

milliseconds worker_stop(const node_plan& plan) {
  return plan.node.cancel_grace + milliseconds{5000};
}

milliseconds workload_stop(const node_plan& plan) {
  return jobs_stop + service_stop_time(plan) + worker_stop(plan) + stop_margin;
}

// What fails below is worth some tries. Supervisors above only try once more, for their tries
// multiply.
constexpr supervision_settings patient{
  .strategy = restart_strategy::rest_for_one, .intensity = 5, .period = milliseconds{30'000}};
constexpr std::size_t once = 1;
constexpr milliseconds minute{60'000};

// -- jobs -----------------------------------------------------------------------------------------

// Opens the database first, for that blocks as well.
committing_repository_actor::behavior_type
opening_repository(committing_repository_actor::stateful_pointer<repository_state> self,
                   shared_parts parts, receptionist_actor receptionist) {
  auto store = parts->open_store();
  if (!store) {
    log_to_spdlog(self);
    self->quit(to_caf(store.error()));
    return committing_repository_actor::behavior_type::make_empty_behavior();
  }
  return repository(self, std::move(*store),
                    {.env = parts->env,
                     .readers = parts->plan.config.storage.readers,
                     .receptionist = std::move(receptionist),
                     .owner_lease = parts->plan.config.cluster.shard_lease});
}

dispatcher_options options_of_dispatcher(const node_parts& parts, repository_actor repository,
                                         receptionist_actor receptionist) {
  const auto& cluster = parts.plan.config.cluster;
  dispatcher_options options;
  options.queues = parts.plan.config.queues;
  for (const auto& collection : parts.plan.config.collections)
    if (collection.hooks.any())
      options.hooks.emplace(collection.name, collection.hooks);
  options.heartbeat_interval = cluster.heartbeat_interval;
  options.lease_timeout = cluster.lease_timeout;
  options.reconnect_grace = cluster.reconnect_grace;
  options.repository = std::move(repository);
  options.receptionist = std::move(receptionist);
  options.env = parts.env;
  return options;
}

caf::actor start_repository(caf::local_actor* parent, const shared_parts& parts,
                            const receptionist_actor& receptionist, repository_actor& started) {
  started = spawn_blocking(*parent, parts->env, opening_repository, parts, receptionist);
  // Record services and caches look for it.
  caf::anon_send(receptionist,
                 register_name{"repository", caf::actor_cast<caf::strong_actor_ptr>(started)});
  return untyped(started);
}

supervisor_options jobs_supervisor(const shared_parts& parts,
                                   const receptionist_actor& receptionist,
                                   const records_actor& records) {
  // Set at each start of the repository, used by those that follow it in the same actor.
  auto current = std::make_shared<repository_actor>();
  std::vector<child_spec> children;
  children.push_back({.name = "repository",
                      .start =
                        [=](caf::local_actor* parent) {
                          return start_repository(parent, parts, receptionist, *current);
                        },
                      .shutdown_timeout = repository_stop});
  children.push_back({.name = "dispatcher",
                      .start =
                        [=](caf::local_actor* parent) {
                          return untyped(parent->spawn(
                            dispatcher, options_of_dispatcher(*parts, *current, receptionist)));
                        },
                      .shutdown_timeout = dispatcher_stop});
  if (serves_records(parts->plan.config)) {
    children.push_back(coordinator_child(parts, current, receptionist));
    children.push_back(sweeper_child(parts, current, records));
  }
  return {.name = "jobs", .settings = patient, .children = std::move(children), .env = parts->env};
}

// -- worker ---------------------------------------------------------------------------------------

caf::actor start_worker(caf::local_actor* parent, const shared_parts& parts,
                        const receptionist_actor& receptionist, const records_actor& records) {
  const auto& node = parts->plan.node;
  worker_options options;
  // Another number than before: this start knows nothing of what an earlier one held.
  options.id = {.node = node.name, .incarnation = parts->env.seed()};
  options.slots = node.slots;
  options.prefetch = node.prefetch;
  options.queues = parts->plan.queues;
  options.cancel_grace = node.cancel_grace;
  options.end_margin = kill_margin;
  options.with_dispatcher = node.has_role("control");
  options.request_timeout = parts->plan.config.cluster.request_timeout;
  options.receptionist = receptionist;
  options.records = records;
  options.make_runner = [slots = node.slots, grace = node.cancel_grace + kill_margin] {
    return std::make_unique<handler_pool>(slots, grace);
  };
  options.env = parts->env;
  worker_actor started = spawn_blocking(*parent, parts->env, worker, std::move(options));
  parts->status->worker_started(started);
  return untyped(started);
}

// -- the node -------------------------------------------------------------------------------------

supervisor_options workload_supervisor(const shared_parts& parts,
                                       const receptionist_actor& receptionist,
                                       const records_actor& records) {
  const auto& node = parts->plan.node;
  std::vector<child_spec> children;
  if (node.has_role("control"))
    children.push_back({.name = "jobs",
                        .start =
                          [=](caf::local_actor* parent) {
                            return parent->spawn(supervisor,
                                                 jobs_supervisor(parts, receptionist, records));
                          },
                        .shutdown_timeout = jobs_stop});
  if (node.has_role("service"))
    children.push_back(service_child(parts, receptionist));
  if (node.has_role("worker"))
    children.push_back({.name = "worker",
                        .start =
                          [=](caf::local_actor* parent) {
                            return start_worker(parent, parts, receptionist, records);
                          },
                        .shutdown_timeout = worker_stop(parts->plan)});
  return {.name = "workload",
          .settings
          = {.strategy = restart_strategy::one_for_one, .intensity = once, .period = minute},
          .children = std::move(children),
          .env = parts->env};
}

receptionist_options options_of_receptionist(const node_parts& parts) {
  const auto& plan = parts.plan;
  receptionist_options options;
  options.self = parts.self;
  // The one control node there is has nobody to join.
  if (!plan.node.has_role("control"))
    options.seeds = plan.config.seeds();
  options.connector = untyped(parts.connector);
  options.request_timeout = plan.config.cluster.request_timeout;
  options.env = parts.env;
  return options;
}

listener_options options_of_listener(const node_parts& parts, receptionist_actor receptionist) {
  auto report = [status = parts.status](const result<std::uint16_t>& port) {
    if (port)
      status->listening(*port);
    else
      status->not_listening(port.error());
  };
  return {.middleman = parts.middleman,
          .receptionist = std::move(receptionist),
          .address = {parts.plan.node.host, parts.plan.node.port},
          .address_key = "nodes." + parts.plan.node.name + ".address",
          .report = report};
}

watch_options options_of_watch(const node_parts& parts, receptionist_actor receptionist) {
  const auto& cluster = parts.plan.config.cluster;
  return {.request_timeout = cluster.request_timeout,
          .shard_lease = cluster.shard_lease,
          .receptionist = std::move(receptionist),
          .status = parts.status};
}

/// Whether this node uses records: its gateway, the sweeper, jobs that write records, and the
/// program that it is part of.
bool needs_records(const node_plan& plan) {
  return plan.node.has_role("gateway") || serves_records(plan.config);
}

caf::actor start_gateway(caf::local_actor* parent, const node_parts& parts,
                         const receptionist_actor& receptionist, const records_actor& records) {
  const auto& node = parts.plan.node;
  gateway_options options;
  options.node = node.name;
  options.http = http_options_of(parts.plan.config, node);
  options.access = access_options_of(parts.plan.config, node);
  options.audit = audit_level_of(parts.plan.config);
  options.streams_max = parts.plan.config.http.streams_max;
  options.waits_max = parts.plan.config.http.waits_max;
  options.origins = parts.plan.config.http.origins;
  options.site = parts.plan.site;
  options.records = records;
  options.request_timeout = parts.plan.config.cluster.request_timeout + gateway_patience;
  options.receptionist = receptionist;
  options.declares_collections = !parts.plan.config.collections.empty();
  if (auto files = certificates_of(parts.plan.config, node); !files.empty())
    options.certificates = [files = std::move(files)] { return read_certificates(files); };
  options.env = parts.env;
  options.report
    = [status = parts.status](const result<std::uint16_t>& port) { status->serving_http(port); };
  auto started = parent->spawn(gateway, std::move(options));
  parts.status->gateway_started(started);
  return untyped(started);
}

} // namespace

supervisor_options make_node_tree(node_parts given) {
  auto parts = std::make_shared<const node_parts>(std::move(given));
  const auto& node = parts->plan.node;
  // Set at each start, used by those that follow in the same actor.
  auto current = std::make_shared<receptionist_actor>();
  auto records = std::make_shared<records_actor>();
  std::vector<child_spec> children;
  children.push_back({.name = "receptionist",
                      .start =
                        [=](caf::local_actor* parent) {
                          *current = parent->spawn(receptionist, options_of_receptionist(*parts));
                          return untyped(*current);
                        },
                      .shutdown_timeout = receptionist_stop});
  if (!node.host.empty())
    children.push_back({.name = "listener",
                        .start =
                          [=](caf::local_actor* parent) {
                            return parent->spawn(listener, options_of_listener(*parts, *current));
                          },
                        .shutdown_timeout = listener_stop});
  if (node.has_role("control"))
    children.push_back({.name = "watch",
                        .start =
                          [=](caf::local_actor* parent) {
                            return untyped(
                              parent->spawn(watch_dispatcher, options_of_watch(*parts, *current)));
                          },
                        .shutdown_timeout = plain_stop});
  if (node.has_role("service"))
    children.push_back({.name = "shard watch",
                        .start =
                          [=](caf::local_actor* parent) {
                            return untyped(
                              parent->spawn(watch_shards, options_of_watch(*parts, *current)));
                          },
                        .shutdown_timeout = plain_stop});
  if (needs_records(parts->plan)) {
    children.push_back(balancer_child(parts, current, records));
    children.push_back(carrier_child(parts, records));
  }
  children.push_back({.name = "workload",
                      .start =
                        [=](caf::local_actor* parent) {
                          return parent->spawn(supervisor,
                                               workload_supervisor(parts, *current, *records));
                        },
                      .shutdown_timeout = workload_stop(parts->plan)});
  if (auto files = certificates_of(parts->plan.config, node); !files.empty())
    children.push_back({.name = "certificates",
                        .start =
                          [=](caf::local_actor* parent) {
                            return untyped(parent->spawn(watch_certificates, files, parts->env));
                          },
                        .shutdown_timeout = plain_stop});
  if (node.has_role("gateway"))
    children.push_back({.name = "gateway",
                        .start =
                          [=](caf::local_actor* parent) {
                            return start_gateway(parent, *parts, *current, *records);
                          },
                        .shutdown_timeout = gateway_stop});
  return {.name = node.name,
          .settings
          = {.strategy = restart_strategy::rest_for_one, .intensity = once, .period = minute},
          .children = std::move(children),
          .env = parts->env};
}

milliseconds stop_time(const node_plan& plan) {
  // Three watches, the balancer and the carrier.
  return gateway_stop + workload_stop(plan) + 5 * plain_stop + listener_stop + receptionist_stop
         + stop_margin;
}

} // namespace troupe
