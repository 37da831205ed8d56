// SPDX-License-Identifier: Apache-2.0
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <catch2/catch.hpp>
#include <future>

#include "node/actor_host.hpp"

namespace actor_host_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

caf::behavior idle(caf::event_based_actor*) {
  return {[](int) {}};
}

} // namespace

TEST_CASE("a system that was made for one thread is closed by another") {
  auto host = std::make_unique<actor_host>(2);
  caf::actor actor;
  host->run([&](caf::actor_system& system) { actor = system.spawn(idle); });
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  actor = nullptr;

  auto left = std::async(std::launch::async, [&] { return host->close(10s); });

  REQUIRE(left.wait_for(20s) == std::future_status::ready);
  CHECK(left.get() == 0);
}

TEST_CASE("actors that do not end are counted and left alone") {
  // Never given back: the system that it belongs to stays until the process ends.
  static auto& stubborn = *new caf::actor;
  actor_host host{2};
  host.run([&](caf::actor_system& system) { stubborn = system.spawn(idle); });

  CHECK(host.close(10ms) == 1);
}

TEST_CASE("what fails on the host's thread fails for the caller") {
  actor_host host{2};

  CHECK_THROWS_WITH(host.run([](caf::actor_system&) { throw std::runtime_error{"no"}; }), "no");
}

} // namespace actor_host_test
