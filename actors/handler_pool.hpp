// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>

#include "actors/handler_runner.hpp"
#include "messages/time.hpp"

namespace troupe {

/// Runs handlers on threads, one a slot. A handler that is given up keeps its thread until it
/// returns; its slot gets another one.
class handler_pool : public handler_runner {
public:
  /// Starts `slots` threads (at least 1). The destructor waits up to `stop_grace` for handlers to
  /// return, and then leaves their threads to themselves.
  handler_pool(std::uint32_t slots, milliseconds stop_grace);
  ~handler_pool() override;
  handler_pool(const handler_pool&) = delete;
  handler_pool& operator=(const handler_pool&) = delete;

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

  std::shared_ptr<core> core_; // shared with threads that may outlive the pool
  milliseconds stop_grace_;
};

} // namespace troupe
