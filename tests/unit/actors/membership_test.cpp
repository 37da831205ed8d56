// SPDX-License-Identifier: Apache-2.0
#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <catch2/catch.hpp>

#include "actors/membership.hpp"
#include "messages/limits.hpp"
#include "tests/support/deterministic.hpp"

namespace membership_test {

using namespace troupe;

namespace {

node_info node(const std::string& name, std::uint64_t incarnation = 1) {
  return {.name = name,
          .cluster = "photos",
          .incarnation = incarnation,
          .address = {},
          .roles = {},
          .pid = static_cast<std::uint32_t>(100 + incarnation),
          .version = {},
          .started_at = {}};
}

struct members : test::fixture {
  membership hub{node("hub")};

  caf::strong_actor_ptr actor() {
    auto idle = [](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; };
    return caf::actor_cast<caf::strong_actor_ptr>(system.spawn(idle));
  }

  join_cluster joining(const std::string& name, std::uint64_t incarnation = 1) {
    return {.node = node(name, incarnation), .receptionist = actor(), .names = {}};
  }

  static caf::actor_addr address(const caf::strong_actor_ptr& x) {
    return caf::actor_cast<caf::actor_addr>(x);
  }
};

std::vector<std::string> names_of(const std::vector<node_info>& nodes) {
  std::vector<std::string> result;
  for (const auto& x : nodes)
    result.push_back(x.name);
  return result;
}

using strings = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(members, "a local name is found until its actor is gone") {
  auto one = actor();
  REQUIRE_FALSE(hub.add_local({.name = "dispatcher", .actor = one}));
  CHECK(hub.find("dispatcher") == named_actor{"dispatcher", "hub", one});

  hub.erase_local(address(one));

  CHECK(hub.find("dispatcher") == named_actor{"dispatcher", "", nullptr});
}

TEST_CASE_METHOD(members,
                 "a later actor takes a name over, and the earlier one's end frees nothing") {
  auto early = actor();
  auto late = actor();
  hub.add_local({.name = "dispatcher", .actor = early});
  hub.add_local({.name = "dispatcher", .actor = late});

  hub.erase_local(address(early));

  CHECK(hub.find("dispatcher").actor == late);
}

TEST_CASE_METHOD(members, "the names of a member are found until it leaves") {
  auto joiner = joining("w1");
  auto worker = actor();
  joiner.names = {{.name = "worker", .node = "someone else", .actor = worker}};
  REQUIRE_FALSE(hub.admit(joiner));
  CHECK(hub.find("worker") == named_actor{"worker", "w1", worker});

  auto left = hub.erase_member(address(joiner.receptionist));

  REQUIRE(left);
  CHECK(left->name == "w1");
  CHECK_FALSE(hub.find("worker").actor);
  CHECK(names_of(hub.nodes()) == strings{"hub"});
}

TEST_CASE_METHOD(members, "a local name wins over a member's, and that over a directory's") {
  auto learned = actor();
  auto joined = actor();
  auto local = actor();
  auto joiner = joining("w1");
  joiner.names = {{.name = "x", .node = "w1", .actor = joined}};

  hub.learn(
    {.nodes = {node("other")}, .names = {{.name = "x", .node = "other", .actor = learned}}});
  CHECK(hub.find("x").actor == learned);
  hub.admit(joiner);
  CHECK(hub.find("x").actor == joined);
  hub.add_local({.name = "x", .actor = local});
  CHECK(hub.find("x").actor == local);
}

TEST_CASE_METHOD(members, "a second live node of the same name is refused, and both are named") {
  REQUIRE_FALSE(hub.admit(joining("w1", 1)));

  auto refused = hub.admit(joining("w1", 2));

  REQUIRE(refused);
  CHECK(refused->code == errc::invalid_argument);
  CHECK(refused->text.find("'w1'") != std::string::npos);
  CHECK(refused->text.find("101") != std::string::npos);
  CHECK(refused->text.find("102") != std::string::npos);
}

TEST_CASE_METHOD(members, "a node's name is free again when the earlier process is gone") {
  auto first = joining("w1", 1);
  REQUIRE_FALSE(hub.admit(first));
  REQUIRE(hub.erase_member(address(first.receptionist)));

  CHECK_FALSE(hub.admit(joining("w1", 2)));
}

TEST_CASE_METHOD(members, "the same process may join again over a new connection") {
  REQUIRE_FALSE(hub.admit(joining("w1", 1)));
  auto again = joining("w1", 1);

  CHECK_FALSE(hub.admit(again));

  CHECK(hub.receptionist_of("w1") == again.receptionist);
  CHECK(hub.receptionists().size() == 1);
}

TEST_CASE_METHOD(members, "a node must not have the name of the node that it joins") {
  CHECK(hub.admit(joining("hub", 7)));
}

TEST_CASE_METHOD(members, "a node of another cluster is refused, and both clusters are named") {
  auto stranger = joining("w1");
  stranger.node.cluster = "music";

  auto refused = hub.admit(stranger);

  REQUIRE(refused);
  CHECK(refused->code == errc::invalid_argument);
  CHECK(refused->text.find("'music'") != std::string::npos);
  CHECK(refused->text.find("'photos'") != std::string::npos);
}

TEST_CASE_METHOD(members, "malformed introductions are refused") {
  auto nobody = joining("w1");
  nobody.receptionist = nullptr;
  auto nameless = joining("");
  auto endless = joining(std::string(limits::name_bytes_max + 1, 'x'));
  auto greedy = joining("w1");
  greedy.names.resize(limits::node_names_max + 1);

  for (const auto& x : {nobody, nameless, endless, greedy})
    CHECK(hub.admit(x));
}

TEST_CASE_METHOD(members, "no more members and names are taken than the limits say") {
  auto joiner = joining("w");
  for (std::size_t i = 0; i < limits::nodes_max; ++i) {
    joiner.node.name = "w" + std::to_string(i);
    REQUIRE_FALSE(hub.admit(joiner));
  }
  joiner.node.name = "one too many";
  CHECK(hub.admit(joiner));

  for (std::size_t i = 0; i < limits::node_names_max; ++i)
    REQUIRE_FALSE(hub.add_local({.name = "n" + std::to_string(i), .actor = joiner.receptionist}));
  CHECK(hub.add_local({.name = "one too many", .actor = joiner.receptionist}));
}

TEST_CASE_METHOD(members,
                 "members are told of this node and of each other, not of what it learned") {
  auto local = actor();
  hub.add_local({.name = "dispatcher", .actor = local});
  hub.admit(joining("w1"));
  hub.learn({.nodes = {node("other")}, .names = {{.name = "x", .node = "other", .actor = local}}});

  auto told = hub.announcement();

  CHECK(names_of(told.nodes) == strings{"hub", "w1"});
  CHECK(told.names == std::vector<named_actor>{{"dispatcher", "hub", local}});
}

TEST_CASE_METHOD(members,
                 "other nodes that a lost one named are still known and not reached through it") {
  membership worker{node("w1")};
  auto dispatcher = actor();
  auto other = actor();
  worker.learn({.nodes = {node("hub"), node("w1"), node("w2")},
                .names = {{.name = "dispatcher", .node = "hub", .actor = dispatcher},
                          {.name = "other", .node = "w2", .actor = other}}});
  REQUIRE(worker.find("dispatcher").actor == dispatcher);

  worker.lose_directory_sender();
  worker.lose_directory_sender();

  CHECK_FALSE(worker.find("dispatcher").actor);
  CHECK_FALSE(worker.find("other").actor);
  CHECK(names_of(worker.nodes()) == strings{"w1", "w2"});
}

TEST_CASE_METHOD(members, "a node's own names are not taken from a directory that repeats them") {
  membership worker{node("w1")};
  auto gone = actor();

  worker.learn({.nodes = {node("hub")}, .names = {{.name = "x", .node = "w1", .actor = gone}}});

  CHECK_FALSE(worker.find("x").actor);
}

TEST_CASE_METHOD(members, "a group is every name with its prefix from all sources, by name") {
  auto local = actor();
  auto joined = actor();
  auto learned = actor();
  auto joiner = joining("w1");
  joiner.names = {{.name = "records/b", .node = "w1", .actor = joined},
                  {.name = "records/c", .node = "w1", .actor = joined}};
  hub.add_local({.name = "records/c", .actor = local});
  hub.add_local({.name = "dispatcher", .actor = local});
  hub.admit(joiner);
  hub.learn({.nodes = {node("other")},
             .names = {{.name = "records/a", .node = "other", .actor = learned},
                       {.name = "records/d", .node = "other", .actor = nullptr}}});

  auto found = hub.find_group("records/");

  CHECK(
    found
    == named_group{
      "records/",
      {{"records/a", "other", learned}, {"records/b", "w1", joined}, {"records/c", "hub", local}}});
  CHECK(hub.find_group("nothing/").members.empty());
}

} // namespace membership_test
