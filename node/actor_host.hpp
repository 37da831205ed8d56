// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor_system.hpp>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "messages/time.hpp"

namespace troupe {

/// An actor system, and the one thread that makes it, spawns from outside of it, and destroys it.
///
/// Problem: each thread that made a system, or spawned into it, keeps the system's logger until it
/// ends or does the same with another system, and the system's destructor waits for its logger. A
/// system that is made on one thread and destroyed on another therefore waits for ever.
class actor_host {
public:
  /// Starts the system with so many threads for its actors.
  explicit actor_host(std::size_t threads);

  /// Waits for the last actor, however long that takes, unless `close` was called.
  ~actor_host();
  actor_host(const actor_host&) = delete;
  actor_host& operator=(const actor_host&) = delete;

  /// Runs `work` on the host's thread, and returns when it has run. The only way to spawn an actor
  /// or to make a `scoped_actor`; sending is for every thread. Not after `close`.
  void run(const std::function<void(caf::actor_system&)>& work);

  /// Waits until no actor is left, at most `time`, then destroys the system. Every actor must have
  /// been told to end, and all handles must be gone. Returns how many actors are left over; if
  /// there are any, the system stays as it is until the process ends.
  std::size_t close(milliseconds time);

private:
  /// Shared with the thread, which may have to be left to itself.
  struct core {
    std::mutex mutex; // guards everything below
    std::condition_variable changed;
    std::deque<std::function<void(caf::actor_system&)>> work;
    bool closing = false;
  };

  void end_thread();
  static void serve(const std::shared_ptr<core>& shared, std::size_t threads);

  std::shared_ptr<core> core_ = std::make_shared<core>();
  std::thread thread_;
};

} // namespace troupe
