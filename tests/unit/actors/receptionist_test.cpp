// SPDX-License-Identifier: Apache-2.0
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <catch2/catch.hpp>
#include <map>

#include "actors/receptionist.hpp"
#include "tests/support/deterministic.hpp"

namespace receptionist_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

// A listener that writes down what it hears.
struct heard {
  std::vector<named_actor> names;
};

name_listener_actor::behavior_type listen(name_listener_actor::pointer, std::shared_ptr<heard> to) {
  return {[to](const named_actor& x) { to->names.push_back(x); }};
}

struct groups_heard {
  std::vector<named_group> groups;
};

group_listener_actor::behavior_type listen_group(group_listener_actor::pointer,
                                                 std::shared_ptr<groups_heard> to) {
  return {[to](const named_group& x) { to->groups.push_back(x); }};
}

// Nodes of a cluster that all live in one actor system; `ports` stands for the network.
struct cluster : test::fixture {
  std::shared_ptr<std::map<std::string, receptionist_actor>> ports
    = std::make_shared<std::map<std::string, receptionist_actor>>();
  error refusal{errc::unavailable, "connection refused"};
  std::vector<std::string> dialed;
  caf::actor connector = system.spawn([this](caf::event_based_actor*) -> caf::behavior {
    return {
      [this](caf::connect_atom, const std::string& address) -> caf::result<caf::strong_actor_ptr> {
        dialed.push_back(address);
        auto i = ports->find(address);
        if (i == ports->end())
          return to_caf(refusal);
        return caf::actor_cast<caf::strong_actor_ptr>(i->second);
      }};
  });
  std::uint64_t incarnations = 0;

  receptionist_actor node(const std::string& name, std::vector<std::string> seeds = {}) {
    receptionist_actor result
      = system.spawn(receptionist, receptionist_options{.self = {.name = name,
                                                                 .cluster = "photos",
                                                                 .incarnation = ++incarnations,
                                                                 .address = {},
                                                                 .roles = {},
                                                                 .pid = 0,
                                                                 .version = {},
                                                                 .started_at = {}},
                                                        .seeds = std::move(seeds),
                                                        .connector = connector,
                                                        .request_timeout = 5s,
                                                        .env = simulated_environment()});
    settle();
    return result;
  }

  receptionist_actor hub(const std::string& name, const std::string& address) {
    return (*ports)[address] = node(name);
  }

  void kill(const caf::strong_actor_ptr& x) {
    caf::anon_send_exit(x, caf::exit_reason::kill);
    settle();
  }

  template <class Handle>
  static caf::strong_actor_ptr pointer(const Handle& x) {
    return caf::actor_cast<caf::strong_actor_ptr>(x);
  }

  caf::strong_actor_ptr actor() {
    return pointer(
      system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; }));
  }

  std::vector<std::string> nodes(const receptionist_actor& at) {
    std::vector<std::string> result;
    auto listed = ask<nodes_listed>(at, list_nodes{});
    REQUIRE(listed);
    for (const auto& x : listed->nodes)
      result.push_back(x.name);
    return result;
  }

  std::shared_ptr<heard> subscribe(const receptionist_actor& at, const std::string& name) {
    auto result = std::make_shared<heard>();
    auto listener = system.spawn(listen, result);
    REQUIRE(ask<caf::ok_atom>(at, subscribe_name{name, pointer(listener)}));
    return result;
  }
};

using strings = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(cluster, "a node joins, and both sides find each other's names") {
  auto control = hub("control", "c:1");
  auto dispatcher = actor();
  auto worker = actor();
  REQUIRE(ask<caf::ok_atom>(control, register_name{"dispatcher", dispatcher}));

  auto w1 = node("w1", {"c:1"});
  REQUIRE(ask<caf::ok_atom>(w1, register_name{"worker", worker}));
  settle();

  CHECK(ask<named_actor>(w1, find_name{"dispatcher"})->actor == dispatcher);
  CHECK(ask<named_actor>(control, find_name{"worker"})->actor == worker);
  CHECK(nodes(control) == strings{"control", "w1"});
  CHECK(nodes(w1) == strings{"w1", "control"});
}

TEST_CASE_METHOD(cluster, "members hear of members that join and leave later") {
  auto control = hub("control", "c:1");
  auto w1 = node("w1", {"c:1"});
  auto w2 = node("w2", {"c:1"});
  CHECK(nodes(w1) == strings{"w1", "control", "w2"});

  kill(pointer(w2));

  CHECK(nodes(control) == strings{"control", "w1"});
  CHECK(nodes(w1) == strings{"w1", "control"});
}

TEST_CASE_METHOD(cluster, "a name that nobody answers to is unavailable") {
  auto control = hub("control", "c:1");

  auto found = ask<named_actor>(control, find_name{"dispatcher"});

  REQUIRE_FALSE(found);
  CHECK(found.error().code == errc::unavailable);
}

TEST_CASE_METHOD(cluster, "subscribers hear the present answer, then each change") {
  auto control = hub("control", "c:1");
  auto w1 = node("w1", {"c:1"});
  auto heard_there = subscribe(w1, "dispatcher");
  CHECK(heard_there->names == std::vector<named_actor>{{"dispatcher", "", nullptr}});

  auto first = actor();
  ask<caf::ok_atom>(control, register_name{"dispatcher", first});
  kill(first);
  auto second = actor();
  ask<caf::ok_atom>(control, register_name{"dispatcher", second});

  CHECK(heard_there->names
        == std::vector<named_actor>{{"dispatcher", "", nullptr},
                                    {"dispatcher", "control", first},
                                    {"dispatcher", "", nullptr},
                                    {"dispatcher", "control", second}});
}

TEST_CASE_METHOD(cluster, "a node whose hub is lost joins the same one again when it is back") {
  auto control = hub("control", "c:1");
  auto dispatcher = actor();
  ask<caf::ok_atom>(control, register_name{"dispatcher", dispatcher});
  auto w1 = node("w1", {"c:1"});
  auto heard_there = subscribe(w1, "dispatcher");
  ports->clear();
  kill(pointer(control));
  advance(10s);
  REQUIRE_FALSE(heard_there->names.back().actor);
  REQUIRE(nodes(w1) == strings{"w1"});

  auto again = hub("control", "c:1");
  auto replacement = actor();
  ask<caf::ok_atom>(again, register_name{"dispatcher", replacement});
  advance(5s);

  CHECK(heard_there->names.back().actor == replacement);
  CHECK(nodes(again) == strings{"control", "w1"});
}

TEST_CASE_METHOD(cluster, "a node joins whichever seed answers") {
  auto other = hub("control-2", "c:2");

  auto w1 = node("w1", {"c:1", "c:2"});
  advance(100ms);

  CHECK(nodes(other) == strings{"control-2", "w1"});
  CHECK(dialed == strings{"c:1", "c:2"});
}

TEST_CASE_METHOD(cluster, "a connection that breaks is tried again within a tenth of a second") {
  auto control = hub("control", "c:1");
  auto w1 = node("w1", {"c:1"});
  auto replacement = node("control");
  (*ports)["c:1"] = replacement;
  kill(pointer(control));

  advance(100ms);

  CHECK(nodes(w1) == strings{"w1", "control"});
}

TEST_CASE_METHOD(cluster, "seeds that do not answer are tried less and less often") {
  auto w1 = node("w1", {"c:1"});
  advance(60s);

  CHECK(dialed.size() > 60); // the one that comes back is found within a second
  CHECK(dialed.size() < 240);
}

TEST_CASE_METHOD(cluster, "a seed of another version is tried slowly from the start") {
  refusal = {errc::incompatible_version, "it speaks wire version 2, this node 1"};
  auto w1 = node("w1", {"c:1"});
  advance(60s);

  CHECK(dialed.size() > 5);
  CHECK(dialed.size() < 50);
}

TEST_CASE_METHOD(cluster, "a second node of the same name is let in when the first is gone") {
  auto control = hub("control", "c:1");
  auto first = node("w1", {"c:1"});
  auto mine = actor();
  auto second = node("w1", {"c:1"});
  ask<caf::ok_atom>(second, register_name{"mine", mine});
  advance(10s);
  REQUIRE_FALSE(ask<named_actor>(control, find_name{"mine"}));

  kill(pointer(first));
  advance(10s);

  CHECK(ask<named_actor>(control, find_name{"mine"})->actor == mine);
}

TEST_CASE_METHOD(cluster,
                 "a member that was forgotten is known again after its next introduction") {
  auto control = hub("control", "c:1");
  auto w1 = node("w1", {"c:1"});
  // As if the connection had broken for one side only.
  caf::anon_send(caf::actor_cast<caf::actor>(control),
                 caf::down_msg{w1.address(), caf::exit_reason::unknown});
  settle();
  REQUIRE(nodes(control) == strings{"control"});

  advance(6s);

  CHECK(nodes(control) == strings{"control", "w1"});
}

TEST_CASE_METHOD(cluster, "a subscription ends with its subscriber") {
  auto control = hub("control", "c:1");
  auto result = std::make_shared<heard>();
  auto listener = system.spawn(listen, result);
  ask<caf::ok_atom>(control, subscribe_name{"dispatcher", pointer(listener)});
  kill(pointer(listener));

  ask<caf::ok_atom>(control, register_name{"dispatcher", actor()});

  CHECK(result->names.size() == 1);
}

TEST_CASE_METHOD(cluster, "who subscribes twice hears each change once") {
  auto control = hub("control", "c:1");
  auto result = std::make_shared<heard>();
  auto listener = system.spawn(listen, result);
  for (int i = 0; i < 2; ++i)
    ask<caf::ok_atom>(control, subscribe_name{"dispatcher", pointer(listener)});
  auto before = result->names.size();

  ask<caf::ok_atom>(control, register_name{"dispatcher", actor()});

  CHECK(result->names.size() == before + 1);
}

TEST_CASE_METHOD(cluster, "subscribers of a group hear of it at once, then of each change") {
  auto control = hub("control", "c:1");
  auto w1 = node("w1", {"c:1"});
  auto result = std::make_shared<groups_heard>();
  auto listener = system.spawn(listen_group, result);
  REQUIRE(ask<caf::ok_atom>(control, subscribe_group{"records/", pointer(listener)}));
  CHECK(result->groups == std::vector<named_group>{{"records/", {}}});
  result->groups.clear();

  auto far = actor();
  auto near = actor();
  ask<caf::ok_atom>(w1, register_name{"records/w1/0", far});
  ask<caf::ok_atom>(control, register_name{"dispatcher", near});
  ask<caf::ok_atom>(control, register_name{"records/control/0", near});
  kill(far);

  named_actor near_name{"records/control/0", "control", near};
  CHECK(result->groups
        == std::vector<named_group>{{"records/", {{"records/w1/0", "w1", far}}},
                                    {"records/", {near_name, {"records/w1/0", "w1", far}}},
                                    {"records/", {near_name}}});
}

TEST_CASE_METHOD(cluster, "a subscription of a group ends with its subscriber") {
  auto control = hub("control", "c:1");
  auto result = std::make_shared<groups_heard>();
  auto listener = system.spawn(listen_group, result);
  ask<caf::ok_atom>(control, subscribe_group{"records/", pointer(listener)});
  kill(pointer(listener));

  ask<caf::ok_atom>(control, register_name{"records/control/0", actor()});

  CHECK(result->groups.size() == 1);
}

} // namespace receptionist_test
