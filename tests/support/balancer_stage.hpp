// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/balancer.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/scripted_records.hpp"

namespace troupe::test {

/// A receptionist that knows one group, and who wants to hear of it.
struct reception {
  named_group group{"record_service/", {}};
  std::vector<caf::strong_actor_ptr> subscribers;
  int refusals = 0; // of the next subscriptions
};

inline receptionist_actor::behavior_type listing(receptionist_actor::pointer self,
                                                 std::shared_ptr<reception> at) {
  return {
    [](const join_cluster&) { return directory{}; },
    [](const directory&) {},
    [](const register_name&) { return caf::ok_atom_v; },
    [](const subscribe_name&) { return caf::ok_atom_v; },
    [=](const subscribe_group& x) -> caf::result<caf::ok_atom> {
      if (at->refusals > 0 && at->refusals-- > 0)
        return to_caf({errc::unavailable, "not yet"});
      at->subscribers.push_back(x.subscriber);
      self->send(caf::actor_cast<group_listener_actor>(x.subscriber), at->group);
      return caf::ok_atom_v;
    },
    [](const find_name&) { return named_actor{}; },
    [](const list_nodes&) { return nodes_listed{}; },
    [](const note_change&) { return caf::ok_atom_v; },
  };
}

/// A balancer between clients and scripted record services.
struct balancer_stage : fixture {
  static constexpr auto prefix = "record_service/";

  std::shared_ptr<reception> at = std::make_shared<reception>();
  receptionist_actor receptionist = system.spawn(listing, at);
  balancer_options options{.prefix = prefix,
                           .strategy = balancing::round_robin,
                           .request_timeout = milliseconds{4000},
                           .slow_start = milliseconds{0},
                           .retry_budget = 0.1,
                           .receptionist = receptionist,
                           .env = simulated_environment()};
  balancer_shell balanced;
  std::map<std::string, std::shared_ptr<records_script>> scripts;

  explicit balancer_stage(const std::vector<std::string>& instances = {}) {
    for (auto& name : instances)
      begin(name);
  }

  void open() {
    balanced = system.spawn(balancer, options);
    settle();
  }

  void tell() {
    for (auto& x : at->subscribers)
      caf::anon_send(caf::actor_cast<group_listener_actor>(x), at->group);
    settle();
  }

  void begin(const std::string& name) {
    auto& x = scripts[name] = std::make_shared<records_script>();
    auto actor = system.spawn(scripted_records, name, x);
    at->group.members.push_back(
      {std::string{prefix} + name, "node-" + name, caf::actor_cast<caf::strong_actor_ptr>(actor)});
    tell();
  }

  /// Without a word to the receptionist.
  void kill(const std::string& name) {
    for (auto& x : at->group.members)
      if (x.name == std::string{prefix} + name)
        caf::anon_send_exit(x.actor, caf::exit_reason::kill);
    settle();
  }

  void leave(const std::string& name) {
    std::erase_if(at->group.members, [&](auto& x) { return x.name == std::string{prefix} + name; });
    tell();
  }

  result<records_found> get(const std::string& id = "1") {
    return ask<records_found>(balanced, get_records{"notes", {id}, {}});
  }

  std::string who(const std::string& id = "1") {
    auto found = get(id);
    REQUIRE(found);
    return found->records.front().value.id;
  }

  auto begin_get(const std::string& id = "1") {
    return request<records_found>(balanced, get_records{"notes", {id}, {}});
  }

  auto begin_change(const change_record& x) { return request<record_changed>(balanced, x); }
};

inline change_record put(write_condition condition = {}, std::string idempotency_key = {}) {
  return {"notes", "1", record_verb::put, "{}", condition, std::move(idempotency_key), {}};
}

/// Of an answer that has come.
template <class T>
errc code_of(const answer<T>& x) {
  REQUIRE(*x);
  return **x ? errc::none : (*x)->error().code;
}

} // namespace troupe::test
