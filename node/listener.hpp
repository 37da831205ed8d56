// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor.hpp>
#include <caf/behavior.hpp>
#include <caf/stateful_actor.hpp>
#include <functional>

#include "messages/interfaces.hpp"
#include "node/config.hpp"

namespace troupe {

struct listener_options {
  caf::actor middleman; ///< speaks the protocol of `caf::io::middleman_actor`
  receptionist_actor receptionist;
  endpoint address;        ///< port 0: any that is free
  std::string address_key; ///< where the address is configured, for people
  milliseconds timeout{5000};
  std::function<void(result<std::uint16_t>)> report; ///< the port, or why there is none
};

struct listener_state {
  static inline const char* name = "listener";

  listener_options options;
  std::uint16_t port = 0;
};

/// Lets other nodes connect to a receptionist for as long as it lives. Ends with the error when
/// the port cannot be opened, and frees it when it is asked to end.
caf::behavior listener(caf::stateful_actor<listener_state>* self, listener_options options);

} // namespace troupe
