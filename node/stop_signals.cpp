// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <spdlog/spdlog.h>
#include <thread>

#include "node/node.hpp"

namespace troupe {

namespace {

using namespace std::chrono_literals;

// Exit status of a process whose actors could not be ended.
constexpr int stuck_status = 3;

sigset_t stop_signals() {
  sigset_t result;
  sigemptyset(&result);
  sigaddset(&result, SIGINT);
  sigaddset(&result, SIGTERM);
  sigaddset(&result, SIGHUP); // its terminal went away, or somebody wants the file read again
  return result;
}

// A stop signal that came within a moment; 0: none. A hangup ends nothing.
int next_stop_signal() {
  auto signals = stop_signals();
  timespec moment{.tv_sec = 0, .tv_nsec = 50'000'000};
  auto signal = sigtimedwait(&signals, nullptr, &moment);
  if (signal == SIGHUP) {
    spdlog::info("SIGHUP: goes on; changes of the cluster file take a restart");
    return 0;
  }
  return signal > 0 ? signal : 0;
}

[[noreturn]] void leave_now(int status) {
  spdlog::shutdown();
  std::_Exit(status);
}

// Stops the node, and leaves the process at once if another signal comes meanwhile.
void stop_unless_interrupted(node& running) {
  std::atomic<bool> stopped = false;
  std::thread stopper{[&] {
    running.stop();
    stopped = true;
  }};
  while (!stopped)
    if (auto signal = next_stop_signal()) {
      spdlog::warn("a second signal: leaves at once; what runs here will run elsewhere");
      leave_now(128 + signal);
    }
  stopper.join();
}

} // namespace

void block_stop_signals() {
  auto signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A peer that closes its end is an error of that connection, not of the process.
  std::signal(SIGPIPE, SIG_IGN);
}

int run_until_signal(node& running) {
  auto signalled = false;
  while (!signalled && !running.ended_within(milliseconds{0}))
    signalled = next_stop_signal() != 0;
  auto ended = signalled ? result<void>{} : running.wait();
  if (!ended)
    spdlog::critical("the node failed: {}", to_string(ended.error()));
  stop_unless_interrupted(running);
  if (running.stuck())
    leave_now(stuck_status);
  return ended ? 0 : 1;
}

} // namespace troupe
