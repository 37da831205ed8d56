// SPDX-License-Identifier: Apache-2.0
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/supervisor.hpp"
#include "messages/error_category.hpp"
#include "tests/support/captured_log.hpp"
#include "tests/support/deterministic.hpp"

namespace supervisor_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

// Children write down what happens to them; "deaf" ones ignore a polite request to end.
struct troop : test::fixture {
  // Shared, for actors that are alive at the end of a test outlive what the test has.
  std::shared_ptr<std::vector<std::string>> events = std::make_shared<std::vector<std::string>>();
  std::map<std::string, caf::actor> running;

  std::vector<std::string> taken_events() { return std::exchange(*events, {}); }

  child_spec child(const std::string& name, bool deaf = false) {
    auto body = [this, name, deaf](caf::event_based_actor* me) -> caf::behavior {
      events->push_back("+" + name);
      me->attach_functor([events = events, name] { events->push_back("-" + name); });
      if (deaf)
        me->set_exit_handler([](caf::exit_msg&) {});
      return {[me](std::uint8_t code) { me->quit(to_caf({static_cast<errc>(code), {}})); }};
    };
    return {.name = name, .start = [this, name, body](caf::local_actor* parent) {
              return running[name] = parent->spawn(body);
            }};
  }

  supervisor_options options(std::vector<child_spec> children,
                             restart_strategy strategy = restart_strategy::one_for_one) {
    return {.name = "troop",
            .settings = {.strategy = strategy,
                         .intensity = 2,
                         .period = 10s,
                         .backoff = {.base = 0ms, .factor = 1, .max = 0ms}},
            .children = std::move(children),
            .env = simulated_environment()};
  }

  caf::actor spawn(supervisor_options x) {
    auto boss = self->spawn<caf::monitored>(supervisor, std::move(x));
    settle();
    return boss;
  }

  void fail(const std::string& name, errc why = errc::storage_failed) {
    caf::anon_send(running[name], static_cast<std::uint8_t>(why));
    settle();
  }

  // Why the monitored supervisor ended; it must have.
  caf::error end() {
    REQUIRE(self->has_next_message());
    caf::error result;
    self->receive([&](caf::down_msg& x) { result = std::move(x.reason); });
    return result;
  }
};

using strings = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(troop, "a supervisor starts in order and stops in reverse order") {
  auto boss = spawn(options({child("a"), child("b"), child("c")}));
  CHECK(taken_events() == strings{"+a", "+b", "+c"});

  caf::anon_send_exit(boss, caf::exit_reason::user_shutdown);
  settle();

  CHECK(taken_events() == strings{"-c", "-b", "-a"});
  CHECK(end() == caf::exit_reason::user_shutdown);
}

TEST_CASE_METHOD(troop, "a failed child is restarted with those that depend on it") {
  auto boss = spawn(options({child("a"), child("b"), child("c")}, restart_strategy::rest_for_one));
  taken_events();

  fail("b");

  CHECK(taken_events() == strings{"-b", "-c", "+b", "+c"});
}

TEST_CASE_METHOD(troop, "a child that does not end in time is killed") {
  auto slow = child("slow", true);
  slow.shutdown_timeout = 3s;
  auto boss = spawn(options({child("a"), slow}));
  taken_events();

  caf::anon_send_exit(boss, caf::exit_reason::user_shutdown);
  advance(2990ms);
  CHECK(taken_events().empty());

  advance(20ms);
  CHECK(taken_events() == strings{"-slow", "-a"});
}

TEST_CASE_METHOD(troop, "what a slow stop waits for is said now and then, until it is killed") {
  auto slow = child("slow", true);
  slow.shutdown_timeout = 9s;
  auto boss = spawn(options({child("a"), slow}));
  taken_events();
  test::captured_log log{spdlog::level::warn};

  caf::anon_send_exit(boss, caf::exit_reason::user_shutdown);
  advance(3990ms);
  CHECK(log.text().empty());
  advance(20ms);
  CHECK_THAT(log.text(), Catch::Contains("waits for 'slow'")
                           && Catch::Contains("to end; it is killed in 5000 ms"));
  advance(4s);
  CHECK_THAT(log.text(), Catch::Contains("to end; it is killed in 1000 ms"));
  CHECK(taken_events().empty());
  advance(1s);
  CHECK(taken_events() == strings{"-slow", "-a"});
}

TEST_CASE_METHOD(troop, "a time-out of an earlier run kills no later one") {
  auto a = child("a");
  a.shutdown_timeout = 3s;
  auto boss = spawn(options({child("first"), a}, restart_strategy::one_for_all));
  fail("first");
  taken_events();

  advance(10s);

  CHECK(taken_events().empty());
}

TEST_CASE_METHOD(troop, "past its intensity a supervisor stops its children and gives up") {
  auto boss = spawn(options({child("a"), child("b")}));
  fail("b");
  fail("b");
  taken_events();

  fail("b");

  CHECK(taken_events() == strings{"-b", "-a"});
  auto why = from_caf(end());
  CHECK(why.code == errc::storage_failed);
  CHECK(why.text.find("'b'") != std::string::npos);
}

TEST_CASE_METHOD(troop, "a supervisor that gives up is restarted by the one above it") {
  auto inner = options({child("a"), child("b")});
  inner.settings.intensity = 0;
  auto start_inner = [inner](caf::local_actor* parent) { return parent->spawn(supervisor, inner); };
  auto boss = spawn(options({{.name = "inner", .start = start_inner}}));
  taken_events();

  fail("a");

  CHECK(taken_events() == strings{"-a", "-b", "+a", "+b"});
}

TEST_CASE_METHOD(troop, "children do not outlive a supervisor that is killed") {
  auto inner = options({child("a"), child("b")});
  auto start_inner = [inner](caf::local_actor* parent) { return parent->spawn(supervisor, inner); };
  auto boss = spawn(options({{.name = "inner", .start = start_inner}}));
  taken_events();

  caf::anon_send_exit(boss, caf::exit_reason::kill);
  settle();

  CHECK(taken_events().size() == 2);
}

TEST_CASE_METHOD(troop, "restarts are spread out in time") {
  auto spread = options({child("a")});
  spread.settings.backoff = {.base = 1000ms, .factor = 1, .max = 1000ms};
  auto boss = spawn(spread);
  taken_events();

  fail("a");
  CHECK(taken_events() == strings{"-a"});

  advance(1s);
  CHECK(taken_events() == strings{"+a"});
}

TEST_CASE_METHOD(troop, "a shutdown during a backoff ends at once") {
  auto spread = options({child("a")});
  spread.settings.backoff = {.base = 1000ms, .factor = 1, .max = 1000ms};
  auto boss = spawn(spread);
  fail("a");

  caf::anon_send_exit(boss, caf::exit_reason::user_shutdown);
  settle();

  CHECK(end() == caf::exit_reason::user_shutdown);
}

} // namespace supervisor_test
