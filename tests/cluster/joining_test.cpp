// SPDX-License-Identifier: Apache-2.0
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <catch2/catch.hpp>
#include <memory>

#include "messages/registration.hpp"
#include "node/client.hpp"
#include "tests/support/loopback_node.hpp"

namespace joining_test {

using namespace troupe;
using namespace std::chrono_literals;
using test::eventually;
using test::loopback_node;

namespace {

caf::strong_actor_ptr idle_actor(loopback_node& at) {
  auto idle = [](caf::event_based_actor* self) -> caf::behavior {
    return {[self](caf::close_atom) { self->quit(); }};
  };
  return caf::actor_cast<caf::strong_actor_ptr>(at.system.spawn(idle));
}

caf::strong_actor_ptr echo_actor(loopback_node& at) {
  auto echo = [](caf::event_based_actor*) -> caf::behavior { return {[](int x) { return x; }}; };
  return caf::actor_cast<caf::strong_actor_ptr>(at.system.spawn(echo));
}

bool answers(loopback_node& from, const caf::strong_actor_ptr& echo) {
  bool result = false;
  caf::scoped_actor self{from.system};
  if (echo)
    self->request(caf::actor_cast<caf::actor>(echo), 5s, 7)
      .receive([&](int x) { result = x == 7; }, [](const caf::error&) {});
  return result;
}

/// Whether whoever monitors this handle is told that it is of no use any more.
bool has_ended(loopback_node& at, const caf::strong_actor_ptr& handle) {
  bool result = false;
  caf::scoped_actor self{at.system};
  self->monitor(caf::actor_cast<caf::actor>(handle));
  self->receive([&](const caf::down_msg&) { result = true; }, caf::after(5s) >> [] {});
  return result;
}

struct ending {
  caf::strong_actor_ptr actor;
  ~ending() { caf::anon_send_exit(actor, caf::exit_reason::kill); }
};

using strings = std::vector<std::string>;

} // namespace

TEST_CASE("two nodes find each other's actors over the network") {
  loopback_node control{{.name = "control"}};
  ending dispatcher{idle_actor(control)};
  control.add_name("dispatcher", dispatcher.actor);
  loopback_node w1{{.name = "w1", .seeds = {control.listen()}}};
  ending worker{idle_actor(w1)};
  w1.add_name("worker", worker.actor);

  CHECK(w1.find("dispatcher", 5s));
  CHECK(control.find("worker", 5s));
  CHECK(control.nodes() == strings{"control", "w1"});
  CHECK(w1.nodes() == strings{"w1", "control"});
}

TEST_CASE("a node joins again when its control node has been restarted at the same address") {
  auto control = std::make_unique<loopback_node>(loopback_node::options{.name = "control"});
  loopback_node w1{{.name = "w1", .seeds = {control->listen()}}};
  REQUIRE(eventually([&] { return control->nodes() == strings{"control", "w1"}; }));
  auto port = control->port();

  control.reset();
  CHECK(eventually([&] { return w1.nodes() == strings{"w1"}; }));
  loopback_node again{{.name = "control", .incarnation = 2}};
  again.listen(port);

  CHECK(eventually([&] { return again.nodes() == strings{"control", "w1"}; }));
  CHECK(eventually([&] { return w1.nodes() == strings{"w1", "control"}; }));
}

TEST_CASE("actors behind a restarted control node are reached through its successor") {
  auto control = std::make_unique<loopback_node>(loopback_node::options{.name = "control"});
  const auto address = control->listen();
  const auto port = control->port();
  loopback_node asker{{.name = "asker", .seeds = {address}}};
  loopback_node far{{.name = "far", .seeds = {address}}};
  ending echo{echo_actor(far)};
  far.add_name("echo", echo.actor);
  auto before = asker.find("echo", 5s);
  REQUIRE(answers(asker, before));

  control.reset();
  CHECK(has_ended(asker, before));
  CHECK_FALSE(asker.find("echo", 0s));
  loopback_node again{{.name = "control", .incarnation = 2}};
  again.listen(port);

  CHECK(answers(asker, asker.find("echo", 10s)));
}

TEST_CASE("a second node of the same name stays outside until the first has gone") {
  loopback_node control{{.name = "control"}};
  auto address = control.listen();
  auto first = std::make_unique<loopback_node>(
    loopback_node::options{.name = "w1", .seeds = {address}, .incarnation = 1});
  REQUIRE(eventually([&] { return control.nodes() == strings{"control", "w1"}; }));
  loopback_node second{{.name = "w1", .seeds = {address}, .incarnation = 2}};
  ending mine{idle_actor(second)};
  second.add_name("mine", mine.actor);
  CHECK_FALSE(control.find("mine", 300ms));

  first.reset();

  CHECK(control.find("mine", 15s));
}

TEST_CASE("a client of another wire version is told both versions") {
  loopback_node newer{{.name = "control", .wire_identifier = "troupe.wire.99"}};
  auto address = newer.listen();

  auto connected = client::connect({.addresses = {address}});

  REQUIRE_FALSE(connected);
  CHECK(connected.error().code == errc::incompatible_version);
  CHECK(connected.error().text.find(address) != std::string::npos);
  CHECK(connected.error().text.find("troupe.wire.99") != std::string::npos);
  CHECK(connected.error().text.find(wire_identifier()) != std::string::npos);
}

} // namespace joining_test
