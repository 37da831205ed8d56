// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <cstdint>
#include <map>

#include "node/client_call.hpp"

namespace troupe {

struct local_carrier_state {
  static inline const char* name = "local_carrier";

  /// Ends all calls.
  ~local_carrier_state();

  std::uint64_t next_call = 0;
  std::map<std::uint64_t, client_call_ptr> sent; ///< unanswered
};

/// Carries calls about records from the threads of a program to the balancer of the node inside
/// it. No socket is in between.
call_carrier_actor::behavior_type
local_carrier(call_carrier_actor::stateful_pointer<local_carrier_state> self,
              records_actor balancer);

} // namespace troupe
