// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "actors/collection_settings.hpp"
#include "actors/environment.hpp"
#include "messages/interfaces.hpp"

namespace troupe {

class record_service_state;

/// Record services answer to names that begin so; the node's name and a number follow.
inline constexpr std::string_view record_service_prefix = "record_service/";

struct record_service_options {
  std::string name; ///< under which it registers: `record_service_prefix`, node, '/', number
  std::vector<collection_settings> collections;
  milliseconds request_timeout{5000};
  receptionist_actor receptionist; ///< tells who are coordinator, repository and dispatcher
  environment env;
};

/// What a record service says to itself, on top of its interface.
using record_service_shell = record_service_actor::extend<
  // Try again what waits for a new owner of its key.
  caf::reacts_to<caf::tick_atom>,
  // Send the reads that were collected.
  caf::reacts_to<caf::flush_atom>>;

/// The CRUD verbs: checks requests, finds the owner of the key, and merges patches. Has no state
/// but the map of owners, so that there may be any number.
///
/// A request whose key is on the move waits for the new owner, at most the request time-out.
record_service_shell::behavior_type
record_service(record_service_shell::stateful_pointer<record_service_state> self,
               record_service_options options);

} // namespace troupe
