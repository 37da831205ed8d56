#pragma once
#include <cstdint>
#include <string>

#include "actors/environment.hpp"
#include "messages/interfaces.hpp"

namespace troupe {

class balancer_state;

enum class balancing : std::uint8_t {
  round_robin = 1,
  two_choices, ///< the one with fewer requests under way, of two taken at random
  by_key,      ///< the same record always goes to the same instance, while it lives
};

struct balancer_options {
  std::string prefix; ///< of the names of the instances; see `record_service_prefix`
  balancing strategy = balancing::two_choices;
  milliseconds request_timeout{5000}; ///< of a call, its retries included
  milliseconds slow_start{10'000};    ///< how long a new instance gets less than its share
  double retry_budget = 0.1;          ///< retries for each request, on average
  receptionist_actor receptionist;    ///< knows the instances
  environment env;
};

/// What a balancer hears, on top of what clients say to it.
using balancer_shell = records_actor::extend<
  // From the receptionist: the instances there are now.
  caf::reacts_to<named_group>,
  // Look after instances that did not answer, and calls that wait.
  caf::reacts_to<caf::tick_atom>>;

/// Stands for all record services towards its clients: they talk to it as to one.
///
/// Leaves out instances that do not answer, and tries them again later. Calls that did not take
/// effect for sure, and those that may be repeated, go to another instance, within the retry
/// budget.
balancer_shell::behavior_type balancer(balancer_shell::stateful_pointer<balancer_state> self,
                                       balancer_options options);

} // namespace troupe
