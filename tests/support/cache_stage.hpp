// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <caf/send.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/cache.hpp"
#include "actors/cache_state.hpp"
#include "tests/support/cache_scripts.hpp"

namespace troupe::test {

/// Owners of all keys of the collections "notes" and "hooked", between scripts.
struct cache_stage : fixture {
  explicit cache_stage(cache_safety safety = {}) {
    coordinating->store = store;
    options.env = simulated_environment();
    options.safety = safety;
    options.id = {"n1", 1, 1};
    collection_settings notes;
    notes.name = "notes";
    collection_settings hooked;
    hooked.name = "hooked";
    hooked.hooks.on_create = "q";
    options.collections = {notes, hooked};
    options.receptionist = system.spawn(listening_receptionist, subscriptions);
    repository = system.spawn(scripted_repository, store);
    dispatcher = system.spawn(hooking_dispatcher, store, passed);
    coordinator = system.spawn(scripted_coordinator, coordinating);
  }

  /// Spawns an owner and tells it the names.
  cache_shell spawn_owner(std::uint32_t number = 1) {
    options.id.number = number;
    auto made = system.spawn(cache, options);
    settle();
    tell(made, "repository", repository);
    tell(made, "dispatcher", dispatcher);
    tell(made, "coordinator", coordinator);
    return made;
  }

  void begin() { owner = spawn_owner(); }

  template <class Handle>
  void tell(const cache_shell& whom, const std::string& name, const Handle& who) {
    caf::anon_send(
      whom, named_actor{name, "n0", who ? caf::actor_cast<caf::strong_actor_ptr>(who) : nullptr});
    settle();
  }

  answer<records_found> start_get(std::string id, milliseconds max_stale = milliseconds{0}) {
    return request<records_found>(owner, get_records{"notes", {std::move(id)}, max_stale});
  }

  /// Reads one record of an owner that can answer.
  found_record get(const std::string& id) {
    auto answered = start_get(id);
    settle();
    REQUIRE(answered->has_value());
    REQUIRE((*answered)->has_value());
    return (**answered)->records.at(0);
  }

  errc get_fails(const std::string& id, milliseconds max_stale = milliseconds{0}) {
    auto answered = start_get(id, max_stale);
    settle();
    REQUIRE(answered->has_value());
    return (*answered)->has_value() ? errc::none : (*answered)->error().code;
  }

  static write_records put(std::string id, std::string fields, write_condition condition = {},
                           std::string collection = "notes") {
    record_write write;
    write.collection = std::move(collection);
    write.id = std::move(id);
    write.fields = std::move(fields);
    write.condition = condition;
    write_records result;
    result.writes.push_back(std::move(write));
    return result;
  }

  answer<records_written> start_put(std::string id, std::string fields,
                                    write_condition condition = {}) {
    return request<records_written>(owner, put(std::move(id), std::move(fields), condition));
  }

  /// What became of a write that is answered by now.
  static errc code_of(const answer<records_written>& answered) {
    REQUIRE(answered->has_value());
    return (*answered)->has_value() ? errc::none : (*answered)->error().code;
  }

  record_written write(write_records request) {
    auto answered = ask<records_written>(owner, std::move(request));
    REQUIRE(answered);
    return answered->results.at(0);
  }

  /// Another one wrote version `version`, and waits until no read can get an older one.
  void invalidate(const std::string& id, std::uint64_t version) {
    REQUIRE(ask<caf::ok_atom>(owner, invalidate_keys{{{"notes", id, version}}}));
  }

  cache_described describe() {
    auto answered = ask<cache_described>(owner, describe_cache{});
    REQUIRE(answered);
    return *answered;
  }

  /// Lets the held answers go, those that came last first if the test wants that.
  void release(bool backwards = false) {
    if (backwards)
      std::reverse(store->held.begin(), store->held.end());
    caf::anon_send(repository, caf::flush_atom::value);
    settle();
  }

  std::uint64_t epoch_of(const std::string& id) {
    return coordinating->places[shard_of("notes", id)].epoch;
  }

  std::shared_ptr<store_script> store = std::make_shared<store_script>();
  std::shared_ptr<coordinator_script> coordinating = std::make_shared<coordinator_script>();
  std::shared_ptr<std::size_t> passed = std::make_shared<std::size_t>(0);
  std::shared_ptr<std::vector<subscribe_name>> subscriptions
    = std::make_shared<std::vector<subscribe_name>>();
  cache_options options;
  holding_repository_actor repository;
  dispatcher_actor dispatcher;
  coordinator_actor coordinator;
  cache_shell owner;
};

} // namespace troupe::test
