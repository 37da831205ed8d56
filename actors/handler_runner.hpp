// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "actors/handler.hpp"

namespace troupe {

/// A job for a runner, and who does it.
struct handler_run {
  leased_job job;
  std::shared_ptr<const handler> run;
};

/// A run began, or ended.
struct run_event {
  lease_key lease;
  std::chrono::steady_clock::time_point at{};
  std::optional<outcome> ended; ///< none: it began
};

/// Runs handlers on a fixed number of slots, the rest waits in order. A worker owns one.
///
/// What happens is not told but kept until the owner takes it, so that many short runs cost one
/// message. All functions are for the owner's thread.
class handler_runner {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Asks all handlers to stop. Does not wait for ever for those that ignore it.
  virtual ~handler_runner() = default;

  /// `notify` is called when there is something to take again, from any thread. It must not call
  /// the runner.
  virtual void on_event(std::function<void()> notify) = 0;

  /// Runs these when a slot is free. Their leases are new to the runner.
  virtual void start(std::vector<handler_run> runs) = 0;

  /// No run begins at or after this time: the leases are not sure to be held then. At first none.
  virtual void start_until(time_point limit) = 0;

  /// Asks a handler to stop. A run that has not begun ends now, as released.
  virtual void stop(const lease_key& lease) = 0;

  /// Gives a running handler up: its slot is free, its end is not reported any more.
  virtual void abandon(const lease_key& lease) = 0;

  /// Handlers that were given up and still run.
  virtual std::size_t abandoned() const = 0;

  /// What happened since the last call, in order.
  virtual std::vector<run_event> take_events() = 0;

  /// The last text of each handler that has reported progress since the last call.
  virtual std::vector<lease_progress> take_progress() = 0;
};

} // namespace troupe
