// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/interrupt.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <thread>

namespace troupe {

namespace {

constexpr std::array<int, 2> signals{{SIGINT, SIGTERM}};

constexpr std::chrono::milliseconds look_pause{50};

// The handler of a signal may touch nothing else.
volatile std::sig_atomic_t interruptions = 0;

void handle(int) {
  interruptions = 1;
}

} // namespace

interrupt_guard::interrupt_guard() {
  interruptions = 0;
  struct sigaction action {};
  action.sa_handler = handle;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (auto x : signals)
    sigaction(x, &action, nullptr);
}

interrupt_guard::~interrupt_guard() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (auto x : signals)
    sigaction(x, &action, nullptr);
}

bool interrupt_guard::interrupted() const {
  return interruptions != 0;
}

// A signal that another thread handles does not end a sleep.
void interrupt_guard::wait_until(std::chrono::steady_clock::time_point time) const {
  for (auto now = std::chrono::steady_clock::now(); now < time && !interrupted();
       now = std::chrono::steady_clock::now())
    std::this_thread::sleep_until(std::min(time, now + look_pause));
}

} // namespace troupe
