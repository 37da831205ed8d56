// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/receptionist.hpp"
#include "actors/record_service.hpp"
#include "actors/record_service_state.hpp"
#include "actors/repository.hpp"
#include "messages/error_category.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/memory_store.hpp"

namespace troupe::test {

/// An owner without a memory of its own: it asks the repository every time, if its script lets it.
struct owner_script {
  bool silent = false;          ///< hears requests, but never answers
  bool silent_confirms = false; ///< the same of invalidations
  std::string refused;          ///< reads of this record are refused
  errc why_refused = errc::not_owner;
  error refusal; ///< if it has a code: the answer to reads and writes
  std::uint64_t epoch = 1;
  std::function<void()> before_write; ///< called once, before the next write is passed on
  std::vector<get_records> gets;
  std::vector<write_records> writes;
  std::vector<changed_key> invalidated;
};

inline cache_actor::behavior_type scripted_owner(cache_actor::pointer self,
                                                 std::shared_ptr<owner_script> script,
                                                 repository_actor storage) {
  return {
    [=](const get_records& x) -> caf::result<records_found> {
      script->gets.push_back(x);
      if (std::find(x.ids.begin(), x.ids.end(), script->refused) != x.ids.end())
        return to_caf({script->why_refused, "not that one"});
      auto promise = self->make_response_promise<records_found>();
      if (script->refusal.code != errc::none)
        promise.deliver(to_caf(script->refusal));
      else if (!script->silent)
        self->request(storage, milliseconds{1000}, read_records{x.collection, x.ids})
          .then(
            [promise](records_read& read) mutable {
              records_found found;
              for (auto& value : read.records)
                found.records.push_back({std::move(value), cache_status::miss, milliseconds{0}});
              promise.deliver(std::move(found));
            },
            [promise](const caf::error& why) mutable { promise.deliver(why); });
      return promise;
    },
    [=](write_records& x) -> caf::result<records_written> {
      script->writes.push_back(x);
      if (script->refusal.code != errc::none)
        return to_caf(script->refusal);
      if (script->silent)
        return self->make_response_promise<records_written>();
      if (auto before = std::exchange(script->before_write, nullptr))
        before();
      x.writes.at(0).epoch = script->epoch;
      return self->delegate(storage, std::move(x));
    },
    [=](const invalidate_keys& x) -> caf::result<caf::ok_atom> {
      script->invalidated.insert(script->invalidated.end(), x.keys.begin(), x.keys.end());
      if (script->silent_confirms)
        return self->make_response_promise<caf::ok_atom>();
      return caf::ok_atom::value;
    },
    [](const describe_cache&) {
      return cache_described{{"n1", 1, 1}, {}, {}, {}, 0};
    },
    [](const named_actor&) {},
  };
}

inline coordinator_actor::behavior_type scripted_map(coordinator_actor::pointer self,
                                                     std::shared_ptr<shard_map> map) {
  return {
    [](const renew_shards&, const cache_actor&) -> caf::result<shards_renewed> {
      return to_caf({errc::unavailable, "not in this test"});
    },
    [=](const subscribe_shards& x) {
      self->send(caf::actor_cast<shard_listener_actor>(x.subscriber), *map);
      return caf::ok_atom::value;
    },
  };
}

/// A record service between a real repository over a store in memory, and two scripted owners.
struct service_stage : fixture {
  service_stage() {
    const auto env = simulated_environment();
    storage = system.spawn(repository,
                           std::shared_ptr<storage_engine>{std::make_shared<memory_store>(disk)},
                           repository_options{env});
    receptionist_options reception;
    reception.self.name = "n1";
    reception.env = env;
    options.receptionist = system.spawn(receptionist, reception);
    collection_settings notes;
    notes.name = "notes";
    notes.schema = R"({"properties":{"title":{"type":"string"},"n":{"type":"integer"}},
                       "additionalProperties":false})";
    notes.search = {"title"};
    collection_settings other;
    other.name = "other";
    options.collections = {notes, other};
    options.name = "record_service/n1/1";
    options.env = env;
    REQUIRE(
      ask<caf::ok_atom>(storage, declare_collections{{notes.declaration(), other.declaration()}}));
    scripts = {std::make_shared<owner_script>(), std::make_shared<owner_script>()};
    for (std::size_t i = 0; i < 2; ++i)
      owners.push_back(system.spawn(scripted_owner, scripts[i], storage));
    coordinator = system.spawn(scripted_map, map);
    give_all_to(0);
    add_name("repository", storage);
    add_name("coordinator", coordinator);
    service = system.spawn(record_service, options);
    settle();
  }

  template <class Handle>
  void add_name(const std::string& name, const Handle& who) {
    REQUIRE(ask<caf::ok_atom>(options.receptionist,
                              register_name{name, caf::actor_cast<caf::strong_actor_ptr>(who)}));
  }

  owner_id id_of(std::uint32_t owner) const { return {"n1", 1, owner + 1}; }

  /// An owner claims every shard; the map says so after `publish`.
  void give_all_to(std::uint32_t owner) {
    map->owners = {{id_of(0), caf::actor_cast<caf::strong_actor_ptr>(owners[0])},
                   {id_of(1), caf::actor_cast<caf::strong_actor_ptr>(owners[1])}};
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < key_shards; ++i)
      all.push_back(i);
    auto claimed = ask<shards_stored>(storage, claim_shards{id_of(owner), all});
    REQUIRE(claimed);
    scripts[owner]->epoch = claimed->shards.at(0).epoch;
    map->places.assign(key_shards, {owner + 1, scripts[owner]->epoch});
    ++map->revision;
  }

  void publish() {
    caf::anon_send(service, *map);
    settle();
  }

  static change_record make(record_verb verb, std::string id, std::string body,
                            write_condition condition = {}, std::string key = {}) {
    return {"notes", std::move(id), verb, std::move(body), condition, std::move(key), {}};
  }

  record_changed change(change_record x) {
    auto answered = ask<record_changed>(service, std::move(x));
    CAPTURE(answered ? error{} : answered.error());
    REQUIRE(answered);
    return *answered;
  }

  error refused(change_record x) {
    auto answered = ask<record_changed>(service, std::move(x));
    REQUIRE_FALSE(answered);
    return answered.error();
  }

  record_changed put(std::string id, std::string body) {
    return change(make(record_verb::put, std::move(id), std::move(body)));
  }

  std::string fields_of(const std::string& id) {
    auto found = ask<records_found>(service, get_records{"notes", {id}, milliseconds{0}});
    REQUIRE(found);
    return found->records.at(0).value.fields;
  }

  std::shared_ptr<memory_store::disk> disk = std::make_shared<memory_store::disk>();
  std::shared_ptr<shard_map> map = std::make_shared<shard_map>();
  std::vector<std::shared_ptr<owner_script>> scripts;
  std::vector<cache_actor> owners;
  record_service_options options;
  repository_actor storage;
  coordinator_actor coordinator;
  record_service_shell service;
};

} // namespace troupe::test
