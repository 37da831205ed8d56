// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <csignal>

namespace troupe::bench {

/// While one lives, SIGINT, SIGTERM and SIGHUP do not end this process, which has things to clear
/// up: they are thrown where it waits. For programs of one thread.
class signal_watch {
public:
  signal_watch();
  ~signal_watch();
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;

  /// Sleeps, until a child ends at the latest. Throws when a signal asks this process to end.
  void sleep(std::chrono::milliseconds limit) const;

private:
  sigset_t watched_;
  sigset_t before_;
};

} // namespace troupe::bench
