// SPDX-License-Identifier: Apache-2.0
#include "node/local_carrier.hpp"

#include <utility>

#include "actors/logging.hpp"

namespace troupe {

local_carrier_state::~local_carrier_state() {
  for (auto& [number, call] : sent)
    call->fail({errc::timed_out, "the node stopped before the answer came; whether the request "
                                 "took effect is unknown"});
}

call_carrier_actor::behavior_type
local_carrier(call_carrier_actor::stateful_pointer<local_carrier_state> self,
              records_actor balancer) {
  log_to_spdlog(self);
  return {
    [self, to = caf::actor_cast<caf::strong_actor_ptr>(balancer)](const client_call_ptr& call) {
      const auto number = self->state.next_call++;
      self->state.sent.emplace(number, call);
      call->send(self, to, call->timeout(), [self, number] { self->state.sent.erase(number); });
    },
  };
}

} // namespace troupe
