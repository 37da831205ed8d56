// SPDX-License-Identifier: Apache-2.0
#include "node/system_config.hpp"

#include <caf/io/middleman.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "messages/registration.hpp"

namespace troupe {

using namespace std::chrono_literals;

system_config::system_config(std::size_t threads) {
  load<caf::io::middleman>();
  register_messages(*this);
  // One queue for all threads: with work stealing, an actor that works in long slices delays
  // messages to other actors by milliseconds, and idle threads poll.
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", threads);
  // Without a bound on messages a turn, one flooded actor starves all others.
  set("scheduler.max-throughput", std::size_t{100});
  // Read and decode in the network thread: half the latency of a hop to a worker thread.
  set("middleman.workers", std::size_t{0});
  set("middleman.app-identifiers", std::vector<std::string>{wire_identifier()});
  // Without heartbeats on both ends a frozen or unplugged peer is never noticed.
  set("middleman.heartbeat-interval", caf::timespan{1s});
  set("middleman.connection-timeout", caf::timespan{10s});
}

} // namespace troupe
