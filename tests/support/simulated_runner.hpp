// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor_system.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "actors/handler_runner.hpp"

namespace troupe::test {

/// How simulated handlers behave. Times are simulated; a negative one: never.
struct simulated_handler {
  std::function<milliseconds(const leased_job&)> duration;
  std::function<outcome(const leased_job&)> ends_with;
  /// From being asked to stop until it returns `outcome::release()`. Null: at once.
  std::function<milliseconds(const leased_job&)> stops_after;
};

/// Runs no code, but takes simulated time on a number of slots: a `handler_runner` for the
/// deterministic scheduler. What `handler_run::run` would do is ignored.
///
///     options.make_runner = [&] {
///       return std::make_unique<simulated_runner>(
///         fixture.system, 4, simulated_handler{[](auto&) { return 50ms; },
///                                              [](auto&) { return outcome::success(); }, {}});
///     };
class simulated_runner : public handler_runner {
public:
  simulated_runner(caf::actor_system& system, std::uint32_t slots, simulated_handler script);
  ~simulated_runner() override;
  simulated_runner(const simulated_runner&) = delete;
  simulated_runner& operator=(const simulated_runner&) = delete;

  /// What a handler says about its progress, now. For tests.
  void report_progress(const lease_key& lease, std::string text);

  void on_event(std::function<void()> notify) override;
  void start(std::vector<handler_run> runs) override;
  void start_until(time_point limit) override;
  void stop(const lease_key& lease) override;
  void abandon(const lease_key& lease) override;
  std::size_t abandoned() const override;
  std::vector<run_event> take_events() override;
  std::vector<lease_progress> take_progress() override;

private:
  class core;

  std::shared_ptr<core> core_; // shared with the actor that counts the time
};

} // namespace troupe::test
