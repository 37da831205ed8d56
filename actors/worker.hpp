// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "actors/environment.hpp"
#include "actors/handler_runner.hpp"
#include "messages/interfaces.hpp"

namespace troupe {

class running_worker;

/// How a worker runs the jobs of a queue.
struct worker_queue {
  std::string handler;                        ///< its name, for people
  std::shared_ptr<const troupe::handler> run; ///< null: this program has no such handler
  std::uint64_t result_max = 256 * 1024;
  std::function<std::string()> check{}; ///< why it cannot be started just now; empty: it can. Null:
                                        ///< nobody knows before
};

struct worker_options {
  worker_id id;               ///< another incarnation at every start of the process
  std::uint32_t slots = 1;    ///< as many as the runner has
  std::uint32_t prefetch = 0; ///< leases held beyond the slots, so that none waits
  std::map<std::string, worker_queue> queues;
  milliseconds cancel_grace{5000}; ///< from asking a handler to stop until it is given up
  milliseconds end_margin{0};      ///< on top of that, for the end of a program that is killed
  milliseconds request_timeout{5000};
  /// Takes steps that handlers end with, usually the node's balancer; null: such handlers fail.
  records_actor records;
  receptionist_actor receptionist; ///< tells who is the dispatcher
  bool with_dispatcher = false;    ///< the dispatcher may live in this very process
  std::function<std::unique_ptr<handler_runner>()> make_runner; ///< called once a start
  environment env;
};

using ran_atom = caf::atom_constant<caf::atom("ran")>;

/// What a worker says to itself, on top of its interface.
using worker_shell = worker_actor::extend<
  // The pulse: heartbeats, time-outs, retries.
  caf::reacts_to<caf::tick_atom>,
  // From its runner, on any thread: there are events to take.
  caf::reacts_to<ran_atom>>;

/// Runs handlers under leases of the dispatcher, and gives leases up before the dispatcher gives
/// them to others. Never blocks: spawn it with `spawn_blocking`, so that nothing else can delay its
/// heartbeats either.
///
/// Ends with an error when more handlers than it has slots ignored their stop: only a new process
/// can get rid of them.
worker_shell::behavior_type worker(worker_shell::stateful_pointer<running_worker> self,
                                   worker_options options);

} // namespace troupe
