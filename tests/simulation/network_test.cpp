// SPDX-License-Identifier: Apache-2.0
#include <caf/event_based_actor.hpp>
#include <caf/system_messages.hpp>
#include <catch2/catch.hpp>

#include "actors/logging.hpp"
#include "tests/support/network.hpp"

namespace network_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

caf::behavior doubler(caf::event_based_actor* self) {
  log_to_spdlog(self);
  return {[](int x) { return 2 * x; }};
}

/// An actor that watches another one, and what it was told.
struct observer {
  caf::actor actor; // without this it would be unreachable, and end
  std::shared_ptr<std::optional<caf::error>> reason;

  bool told() const { return reason->has_value(); }
};

observer observe(simulated_node& node, const caf::actor& whom) {
  auto reason = std::make_shared<std::optional<caf::error>>();
  auto watch = [=](caf::event_based_actor* self) -> caf::behavior {
    self->monitor(whom);
    self->set_down_handler([reason](const caf::down_msg& down) { *reason = down.reason; });
    return {[](int) {}};
  };
  return {node.system.spawn(watch), reason};
}

/// The numbers that one actor heard from two others, in order.
std::vector<int> history_of(std::uint64_t seed) {
  simulated_cluster net{3, seed};
  auto heard = std::make_shared<std::vector<int>>();
  auto listener = net[0].system.spawn([heard](caf::event_based_actor*) -> caf::behavior {
    return {[heard](int x) { heard->push_back(x); }};
  });
  auto first = net.connect(0, 1, listener);
  auto second = net.connect(0, 2, listener);
  for (int x = 0; x < 10; ++x) {
    caf::anon_send(first, 100 + x);
    caf::anon_send(second, 200 + x);
  }
  net.settle();
  return *heard;
}

} // namespace

TEST_CASE("a request is answered when all is quiet, and time stands still") {
  fixture f;
  auto before = f.now();
  auto actor = f.system.spawn(doubler);

  CHECK(f.ask<int>(actor, 21) == 42);
  CHECK(f.now() == before);
  CHECK(f.now() == start_date);
}

TEST_CASE("a question that nobody answers times out instead of hanging") {
  fixture f;
  auto silent = f.system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[self](int) { return self->make_response_promise(); }};
  });

  auto answered = f.ask<int>(silent, 1);

  REQUIRE_FALSE(answered);
  CHECK(answered.error().code == errc::timed_out);
}

TEST_CASE("simulated time moves only when it is told to, and delayed messages follow it") {
  fixture f;
  auto env = f.simulated_environment();
  auto ticks = std::make_shared<std::vector<timestamp>>();
  auto ticker = f.system.spawn([=](caf::event_based_actor* self) -> caf::behavior {
    self->delayed_send(self, 1s, caf::tick_atom_v);
    return {[=](caf::tick_atom) {
      ticks->push_back(env.now());
      self->delayed_send(self, 1s, caf::tick_atom_v);
    }};
  });

  f.advance(3500ms);

  CHECK(*ticks == std::vector<timestamp>{start_date + 1s, start_date + 2s, start_date + 3s});
  CHECK(f.now() == start_date + 3500ms);
}

TEST_CASE("actors that still live do not keep a fixture from ending") {
  std::weak_ptr<int> alive;
  {
    fixture f;
    auto owned = std::make_shared<int>(1);
    alive = owned;
    auto immortal = f.system.spawn([owned](caf::event_based_actor* self) -> caf::behavior {
      self->set_exit_handler([](caf::exit_msg&) {});
      self->delayed_send(self, 1h, caf::tick_atom_v);
      return {[owned](caf::tick_atom) {}};
    });
    f.settle();
  }
  CHECK(alive.expired());
}

TEST_CASE("seeds that an environment gives are the same for the same fixture seed") {
  fixture a{7};
  fixture b{7};
  fixture c{8};
  auto seed_a = a.simulated_environment().seed;
  auto first = seed_a();

  CHECK(first == b.simulated_environment().seed());
  CHECK(first != c.simulated_environment().seed());
  CHECK(first != seed_a());
}

TEST_CASE("nodes talk over a connection, and a cut is noticed at once") {
  simulated_cluster net{2, 1};
  auto server = net[0].system.spawn(doubler);
  auto proxy = net.connect(0, 1, server);
  CHECK(net.ask<int>(1, proxy, 21) == 42);
  auto seen = observe(net[1], proxy);
  net.settle();
  REQUIRE_FALSE(seen.told());
  REQUIRE(net.connected(1, 0));

  net.cut(0, 1);

  CHECK_FALSE(net.connected(0, 1));
  REQUIRE(seen.told());
  CHECK(**seen.reason == caf::exit_reason::remote_link_unreachable);
}

TEST_CASE("after a cut the nodes can be connected again") {
  simulated_cluster net{2, 1};
  auto server = net[0].system.spawn(doubler);
  net.connect(0, 1, server);
  net.cut(0, 1);

  auto proxy = net.connect(0, 1, server);

  CHECK(net.ask<int>(1, proxy, 4) == 8);
}

TEST_CASE("a partition is noticed through missing heartbeats only") {
  simulated_cluster net{2, 1};
  auto server = net[0].system.spawn(doubler);
  auto seen = observe(net[1], net.connect(0, 1, server));
  net.advance(20s);
  REQUIRE_FALSE(seen.told());

  net.partition(0, 1);
  net.advance(3s);
  CHECK_FALSE(seen.told());
  net.advance(5s);

  CHECK(seen.told());
}

TEST_CASE("a partition that heals in time loses nothing") {
  simulated_cluster net{2, 1};
  auto server = net[0].system.spawn(doubler);
  auto proxy = net.connect(0, 1, server);
  net.partition(0, 1);
  auto answered = net[1].request<int>(proxy, 21);
  net.advance(3s);
  REQUIRE_FALSE(answered->has_value());

  net.heal(0, 1);
  net.settle();

  REQUIRE(answered->has_value());
  CHECK(**answered == 42);
}

TEST_CASE("a one-way partition stops one direction only") {
  simulated_cluster net{2, 1};
  auto heard = std::make_shared<int>(0);
  auto server = net[0].system.spawn([heard](caf::event_based_actor*) -> caf::behavior {
    return {[heard](int x) {
      *heard = x;
      return x;
    }};
  });
  auto proxy = net.connect(0, 1, server);

  net.partition_one_way(0, 1);
  auto answered = net[1].request<int>(proxy, 5);
  net.settle();

  CHECK(*heard == 5);
  CHECK_FALSE(answered->has_value());
}

TEST_CASE("a crash ends all actors of a node, and others see their proxies die") {
  simulated_cluster net{3, 1};
  std::weak_ptr<int> alive;
  caf::actor proxy;
  {
    auto owned = std::make_shared<int>(1);
    alive = owned;
    auto server = net[0].system.spawn([owned](caf::event_based_actor* self) -> caf::behavior {
      self->set_exit_handler([](caf::exit_msg&) {});
      return {[owned](int x) { return x + *owned; }};
    });
    proxy = net.connect(0, 1, server);
  }
  auto seen = observe(net[1], proxy);
  net.advance(1s);
  auto before = net[0].now();

  net.crash(0);

  CHECK(alive.expired());
  CHECK(seen.told());
  CHECK(net[0].now() == before);
  auto again = net[0].system.spawn(doubler);
  auto fresh = net.connect(0, 1, again);
  CHECK(net.ask<int>(1, fresh, 3) == 6);
}

TEST_CASE("a cluster survives many crashes on a fixed seed") {
  simulated_cluster net{3, 5};
  for (int round = 0; round < 60; ++round) {
    auto server = net[0].system.spawn(doubler);
    auto proxy = net.connect(0, 1, server);
    REQUIRE(net.ask<int>(1, proxy, round) == 2 * round);
    net.crash(net.pick(2));
  }
}

TEST_CASE("one seed is one history, another seed another one") {
  auto first = history_of(1);

  CHECK(first.size() == 20);
  CHECK(first == history_of(1));
  auto others = 0;
  for (std::uint64_t seed = 2; seed < 10; ++seed)
    others += history_of(seed) != first;
  CHECK(others > 0);
}

TEST_CASE("what must always hold is checked after every event") {
  simulated_cluster net{2, 1};
  std::size_t checks = 0;
  auto events = net.events();
  net.check_always([&checks] { ++checks; });

  auto proxy = net.connect(0, 1, net[0].system.spawn(doubler));
  net.ask<int>(1, proxy, 1);

  CHECK(checks > 0);
  CHECK(checks == net.events() - events);
}

TEST_CASE("a frozen node does nothing, and learns how late it is when it thaws") {
  simulated_cluster net{2, 1};
  auto server = net[0].system.spawn(doubler);
  auto proxy = net.connect(0, 1, server);
  auto reminded = std::make_shared<bool>(false);
  net[0].system.spawn([reminded](caf::event_based_actor* self) -> caf::behavior {
    self->delayed_send(self, 1s, 1);
    return {[reminded](int) { *reminded = true; }};
  });
  net.settle();

  net.freeze(0);
  auto answered = net[1].request<int>(proxy, 21);
  net.advance(2s);
  CHECK_FALSE(answered->has_value());
  CHECK_FALSE(*reminded);
  CHECK(net.now() == start_date + 2s);
  CHECK(net[0].now() == start_date);

  net.thaw(0);
  net.settle();
  CHECK(net[0].now() == start_date + 2s);
  CHECK(*reminded);
  REQUIRE(answered->has_value());
  CHECK(**answered == 42);
}

TEST_CASE("a frozen node that crashes comes back with the time of the others") {
  simulated_cluster net{2, 1};
  net.freeze(1);
  net.advance(1s);
  net.crash(1);
  CHECK_FALSE(net.is_frozen(1));
  CHECK(net[1].now() == net[0].now());
}

} // namespace network_test
