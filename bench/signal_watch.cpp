// SPDX-License-Identifier: Apache-2.0
#include "bench/signal_watch.hpp"

#include <stdexcept>
#include <string>

namespace troupe::bench {

signal_watch::signal_watch() {
  sigemptyset(&watched_);
  for (auto x : {SIGINT, SIGTERM, SIGHUP, SIGCHLD})
    sigaddset(&watched_, x);
  pthread_sigmask(SIG_BLOCK, &watched_, &before_);
}

signal_watch::~signal_watch() {
  // Those that came again while the servers were being stopped have got what they wanted.
  timespec none{};
  while (sigtimedwait(&watched_, nullptr, &none) > 0) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void signal_watch::sleep(std::chrono::milliseconds limit) const {
  timespec time{};
  time.tv_sec = limit.count() / 1000;
  time.tv_nsec = limit.count() % 1000 * 1'000'000;
  auto signal = sigtimedwait(&watched_, nullptr, &time);
  if (signal > 0 && signal != SIGCHLD)
    throw std::runtime_error("ended by signal " + std::to_string(signal));
}

} // namespace troupe::bench
