// SPDX-License-Identifier: Apache-2.0
#include "actors/worker.hpp"

#include "actors/logging.hpp"
#include "actors/running_worker.hpp"

namespace troupe {

worker_shell::behavior_type worker(worker_shell::stateful_pointer<running_worker> self,
                                   worker_options options) {
  log_to_spdlog(self);
  auto& state = self->state;
  self->set_down_handler([&state](const caf::down_msg& down) { state.dispatcher_down(down); });
  state.start(std::move(options));
  return {
    [&state](run_jobs& x) { state.run(x); },
    [&state](const cancel_leases& x) { state.cancel(x.leases); },
    [&state](const drain_worker& x) { return state.drain(x); },
    [&state](resume_worker) { state.resume(); },
    [&state](const named_actor& x) { state.follow(x); },
    [&state](caf::tick_atom) { state.tick(); },
    [&state](ran_atom) { state.look(); },
  };
}

} // namespace troupe
