// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/stateful_actor.hpp>
#include <caf/system_messages.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/environment.hpp"
#include "actors/instance_set.hpp"
#include "actors/read_bundles.hpp"
#include "actors/repeatable.hpp"
#include "actors/request_deadlines.hpp"
#include "actors/retry_budget.hpp"
#include "messages/errors.hpp"
#include "messages/interfaces.hpp"

namespace troupe {

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
  // Ask the receptionist again.
  caf::reacts_to<caf::subscribe_atom>,
  // Look after instances that did not answer, and calls that wait.
  caf::reacts_to<caf::tick_atom>,
  // From itself: send the reads that were collected.
  caf::reacts_to<caf::flush_atom>>;

class balancer_state {
public:
  static inline const char* name = "balancer";

  explicit balancer_state(balancer_shell::pointer self) : self_{self} {}

  void start(balancer_options options);
  void subscribe();
  void learn(const named_group& group);
  void down(const caf::down_msg& down);
  void tick();
  void send_bundles();

  /// Sends a request on its way; the answer goes to the sender of the current message.
  template <class Reply, class Request>
  caf::result<Reply> forward(Request& request);

private:
  using number = instance_set::number;
  using time_point = instance_set::time_point;

  struct known_instance {
    std::string name;
    caf::strong_actor_ptr actor;
  };

  // One request on its way.
  struct call {
    std::string record; // that it is about; empty: none, or several
    repeatability repeat = repeatability::never;
    bool waits = false; // on purpose
    time_point until{};
    bool unknown = false;      // an instance may have carried it out
    bool parked = false;       // it waits for an instance
    std::vector<number> tried; // the last one has it now, unless it is parked
    // Sends it to an instance, which has so much time; numbers call and attempt for the answer.
    std::function<void(const caf::strong_actor_ptr&, milliseconds, std::uint64_t, std::size_t)>
      send;
    std::function<void(const error&)> fail;
    // Of the read of one record, which may travel with others; else null.
    std::shared_ptr<const get_records> read;
    caf::typed_response_promise<records_found> reader;
  };

  // A call that travels with others, while it is with this instance.
  struct passenger {
    std::uint64_t call = 0;
    std::size_t attempt = 0;
  };

  using calls = std::map<std::uint64_t, call>;
  using bundles = read_bundles<number, passenger>;

  std::optional<error> refusal() const;
  void begin(call made);
  bool send(call& x, std::uint64_t id);
  void park(call& x);
  void send_parked();
  milliseconds time_for(const call& x) const;
  bool may_try_again(const call& x) const;
  bool answered(std::uint64_t id, std::size_t attempt);
  void failed(std::uint64_t id, std::size_t attempt, const caf::error& why);
  void settle(calls::iterator i, const error& why);
  bool may_wait(const call& x, const error& why);
  void end(calls::iterator i, const error& why);
  void lose(number which, const std::string& why);
  void probe(number which);
  void arm();

  // -- reads that travel together (balancer_reads.cpp)
  calls::iterator find(const passenger& x);
  void send_bundle(bundles::bundle x);
  void send_alone(const passenger& x);
  void bundle_answered(const bundles::bundle& x, records_found& found);
  void bundle_failed(const bundles::bundle& x, const caf::error& why);
  void travel_alone(const bundles::bundle& x);

  balancer_shell::pointer self_;
  request_deadlines deadlines_;
  balancer_options options_;
  std::optional<instance_set> instances_; // set by `start`, as is the budget
  std::optional<retry_budget> budget_;
  std::map<number, known_instance> known_;
  std::uint64_t next_call_ = 0;
  calls calls_;
  bundles bundles_;
  std::size_t parked_ = 0; // calls that no instance has
  bool armed_ = false;
};

/// Stands for all record services towards its clients: they talk to it as to one.
///
///     a call    no instance known: waits, at most its time-out, then `unavailable`
///               refused, and nothing was changed: goes to another instance
///               unanswered, or its instance is lost: goes to another one if it may be repeated;
///               if there is none, it waits for one, too
///
/// Reads of single records that come at the same time travel together: see `read_bundles`.
///
/// Calls that go to another instance share one time-out, and draw on the retry budget. Instances
/// that do not answer get no calls until they answer a probe.
///
/// Every call ends within `request_timeout` (and `read_changes::wait`) and a tenth of a second. Who
/// calls should wait longer than that, to hear what went wrong.
balancer_shell::behavior_type balancer(balancer_shell::stateful_pointer<balancer_state> self,
                                       balancer_options options);

} // namespace troupe
