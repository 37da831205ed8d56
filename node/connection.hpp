// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/stateful_actor.hpp>
#include <caf/system_messages.hpp>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "node/client_call.hpp"
#include "node/connector.hpp"

namespace troupe {

struct connection_options {
  std::vector<std::string> addresses; ///< at least one
  connector_actor connector;
  milliseconds request_timeout{5000};
  bool try_once = false; ///< calls do not wait for a first connection that all addresses refused
  environment env;
};

class connection_state {
public:
  static inline const char* name = "connection";

  explicit connection_state(connection_actor::pointer self) : self_{self} {}

  /// Ends all calls.
  ~connection_state();

  void start(connection_options options);
  void make(client_call_ptr call);
  void learn(const named_actor& found);
  void expire(std::uint64_t call);
  void step(std::uint64_t attempt);
  void down(const caf::down_msg& down);

private:
  struct waiting_call {
    client_call_ptr call;
    caf::actor_clock::time_point until;
  };

  void connect();
  void subscribe();
  void ask_for_repository();
  void retry(const error& why);
  void disconnect(const error& why);
  void send(std::uint64_t number, waiting_call call);
  void wait(std::uint64_t number, waiting_call call);
  void send_waiting();
  void begin_balancer();
  void end_balancer();
  void lose_sent(client_call::target to, const std::string& why);
  const caf::strong_actor_ptr& receiver_of(const client_call& call) const;

  connection_actor::pointer self_;
  connection_options options_;
  std::mt19937_64 random_;
  caf::strong_actor_ptr receptionist_;
  caf::strong_actor_ptr dispatcher_;
  caf::strong_actor_ptr repository_; // known once a call needed it
  bool needs_repository_ = false;
  caf::strong_actor_ptr balancer_; // one a connection: its instances are known by their proxies
  bool ready_ = false;             // the receptionist knows this subscriber
  bool ever_connected_ = false;
  error problem_{errc::unavailable, "no answer in time"};
  std::uint64_t attempt_ = 0;
  std::uint32_t failures_ = 0; // in a row
  std::uint64_t next_call_ = 0;
  std::map<std::uint64_t, waiting_call> waiting_; // for a receiver, in the order they came
  std::map<std::uint64_t, waiting_call> sent_;    // unanswered
};

/// Keeps one connection to any of several nodes, and carries the calls of a client over it: those
/// about jobs to the dispatcher, those about records to a balancer of its own, and those about
/// tokens to the repository: nobody else has a say in them, and who reaches this port is trusted.
///
///     a call    not connected: waits, at most its time-out, then `unavailable`
///               sent: answered; or `timed_out` after its time-out
///               its receiver is lost: waits again if it may be sent twice, else `timed_out` at
///               once
connection_actor::behavior_type
connection(connection_actor::stateful_pointer<connection_state> self, connection_options options);

} // namespace troupe
