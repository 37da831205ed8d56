// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <map>
#include <memory>
#include <optional>

#include "actors/environment.hpp"
#include "messages/errors.hpp"

/// Actors without threads, sockets and real time. Never include CAF's own caf/test/*.hpp beside
/// this: they define macros and operators that break Catch2.
namespace troupe::test {

/// Wall-clock time at which every simulation begins: 2026-01-01 00:00 UTC.
inline constexpr timestamp start_date{std::chrono::seconds{1'767'225'600}};

/// An answer that has come, or not yet.
template <class T>
using answer = std::shared_ptr<std::optional<result<T>>>;

struct simulated_config : caf::actor_system_config {
  /// With `network`, the middleman on the test multiplexer and a real node's settings.
  explicit simulated_config(bool network);
};

/// One actor system in which nothing happens by itself: each `step` handles one message of one
/// actor, and time stands still until `advance`. Actors that still live at the end are killed.
/// Nothing is logged unless TROUPE_TEST_LOG names a level, e.g. "debug".
class fixture {
public:
  explicit fixture(std::uint64_t seed = 1, bool network = false);
  ~fixture();
  fixture(const fixture&) = delete;
  fixture& operator=(const fixture&) = delete;

  /// What actors under test get: no threads of their own, `now()` from the simulated clock,
  /// `seed()` from the fixture's seed. Valid as long as the fixture.
  environment simulated_environment();

  /// Simulated wall-clock time.
  timestamp now() const;

  /// Handles one message. False when everything is quiet.
  bool step();

  /// Handles everything that is deliverable now, and returns how much that was. Throws after
  /// `limit` messages: something goes round in circles.
  std::size_t settle(std::size_t limit = 1'000'000);

  /// Moves time on in ticks and handles whatever becomes due.
  void advance(caf::timespan duration, caf::timespan tick = std::chrono::milliseconds{10});

  /// Sends a request without waiting: look at the answer after `settle` or `advance`.
  template <class R, class Handle, class... Ts>
  answer<R> request(const Handle& receiver, Ts... xs) {
    auto result = std::make_shared<std::optional<troupe::result<R>>>();
    system.spawn([=](caf::event_based_actor* asker) {
      asker->request(receiver, caf::infinite, xs...)
        .then([result](R& x) { *result = std::move(x); },
              [result](const caf::error& e) { *result = tl::unexpected<error>{from_caf(e)}; });
    });
    return result;
  }

  /// Sends a request and settles. `timed_out` when nobody has answered then.
  template <class R, class Handle, class... Ts>
  result<R> ask(const Handle& receiver, Ts... xs) {
    auto answered = request<R>(receiver, std::move(xs)...);
    settle();
    return answered->has_value() ? std::move(**answered)
                                 : failure(errc::timed_out, "unanswered when all was quiet");
  }

  /// The state of a stateful actor that lives, to look at.
  template <class State, class Handle>
  State& state_of(const Handle& handle) {
    auto pointer = caf::actor_cast<caf::abstract_actor*>(handle);
    if constexpr (std::is_same_v<Handle, caf::actor>)
      return dynamic_cast<caf::stateful_actor<State>&>(*pointer).state;
    else
      return dynamic_cast<caf::stateful_actor<State, typename Handle::base>&>(*pointer).state;
  }

  /// Kills every actor that still lives, without a chance to say good-bye.
  void kill_all();

private:
  simulated_config config_; // before the system that reads it

public:
  caf::actor_system system;
  caf::scheduler::test_coordinator& scheduler;
  caf::scoped_actor self;

protected:
  /// Handles other work than the scheduler's; false when there is none.
  virtual bool step_network() { return false; }

private:
  void remember(caf::resumable* job);

  std::uint64_t seed_;
  std::map<caf::actor_id, caf::weak_actor_ptr> seen_; // CAF lists no actors itself
  std::size_t forget_at_ = 1024;
};

} // namespace troupe::test
