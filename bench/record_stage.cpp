// SPDX-License-Identifier: Apache-2.0
#include "bench/record_stage.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include "actors/balancer.hpp"
#include "actors/cache.hpp"
#include "actors/cache_state.hpp"
#include "actors/coordinator.hpp"
#include "actors/coordinator_state.hpp"
#include "actors/receptionist.hpp"
#include "actors/record_service.hpp"
#include "actors/record_service_state.hpp"
#include "actors/repository.hpp"
#include "actors/spawn.hpp"
#include "persistence/sqlite/sqlite_store.hpp"

namespace troupe::bench {

namespace {

constexpr std::size_t threads = 2;
constexpr milliseconds patience{10'000};
constexpr auto node = "bench";

std::shared_ptr<storage_engine> open_store(const std::filesystem::path& directory,
                                           const collection_settings& collection) {
  std::shared_ptr<storage_engine> store
    = must(open_sqlite_store({.path = directory / "records.db"}));
  must(store->transact(durability::machine, [&](storage_transaction& transaction) {
    transaction.declare({{collection.declaration()}});
  }));
  return store;
}

} // namespace

record_stage::record_stage() : host_{threads} {
  const auto env = environment::real();
  collection_settings notes;
  notes.name = "notes";
  auto store = open_store(directory_.path(), notes);
  host_.run([&](caf::actor_system& system) {
    const auto keep = [this](const auto& x) {
      actors_.push_back(caf::actor_cast<caf::actor>(x));
      return x;
    };
    receptionist_options reception;
    reception.self.name = reception.self.cluster = node;
    reception.env = env;
    receptionist_actor names = keep(system.spawn(receptionist, reception));
    repository_actor storage
      = keep(spawn_blocking(system, env, repository, store, repository_options{env, 1}));
    caf::anon_send(names,
                   register_name{"repository", caf::actor_cast<caf::strong_actor_ptr>(storage)});
    coordinator_options coordination;
    coordination.node = node;
    coordination.repository = storage;
    coordination.receptionist = names;
    keep(system.spawn(coordinator, coordination));
    cache_options caching;
    caching.id = {node, 1, 1};
    caching.collections = {notes};
    caching.receptionist = names;
    caching.env = env;
    keep(system.spawn(cache, caching));
    record_service_options serving;
    serving.name = std::string{record_service_prefix} + node;
    serving.collections = {notes};
    serving.receptionist = names;
    serving.env = env;
    keep(system.spawn(record_service, serving));
    balancer_options balancing;
    balancing.prefix = record_service_prefix;
    balancing.receptionist = names;
    balancing.env = env;
    records_ = keep(system.spawn(balancer, balancing));
  });
}

record_stage::~record_stage() {
  records_ = nullptr;
  for (auto i = actors_.rbegin(); i != actors_.rend(); ++i)
    caf::anon_send_exit(*i, caf::exit_reason::user_shutdown);
  actors_.clear();
  host_.close(patience);
}

} // namespace troupe::bench
