// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/system_messages.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "actors/environment.hpp"
#include "actors/membership.hpp"
#include "messages/interfaces.hpp"

namespace troupe {

struct receptionist_options {
  node_info self;
  std::vector<std::string> seeds; ///< "host:port" of nodes to join, any one of them; empty: none
  /// Asked with `(connect_atom, std::string address)`; answers with the `strong_actor_ptr` of the
  /// receptionist there, or with an error. May be null without seeds. See node/connector.hpp.
  caf::actor connector;
  milliseconds request_timeout{5000};
  environment env;
};

/// What a receptionist says to itself, on top of its interface.
using receptionist_shell = receptionist_actor::extend<
  // The next step towards a seed, or a sign of life to the one that was joined; void if the
  // attempt that it belongs to is over.
  caf::reacts_to<caf::tick_atom, std::uint64_t>>;

class receptionist_state {
public:
  static inline const char* name = "receptionist";

  explicit receptionist_state(receptionist_shell::pointer self) : self_{self} {}

  void start(receptionist_options options);
  void step(std::uint64_t attempt);
  void down(const caf::down_msg& down);

  caf::result<directory> admit(const join_cluster& x);
  void learn(const directory& x);
  caf::result<caf::ok_atom> add_name(const register_name& x);
  caf::result<caf::ok_atom> add_subscriber(const subscribe_name& x);
  caf::result<caf::ok_atom> add_subscriber(const subscribe_group& x);
  caf::result<named_actor> find(const std::string& wanted) const;
  std::vector<node_info> nodes() const { return members_->nodes(); }

private:
  template <class Answer, class Listener>
  struct subscription {
    Answer last; ///< what the subscribers were told
    std::vector<Listener> subscribers;
  };

  /// By what was asked for.
  template <class Answer, class Listener>
  using subscriptions = std::map<std::string, subscription<Answer, Listener>>;

  template <class Answer, class Listener>
  caf::result<caf::ok_atom> subscribe(subscriptions<Answer, Listener>& to,
                                      const std::string& wanted,
                                      const caf::strong_actor_ptr& subscriber);
  template <class Answer, class Listener>
  void tell(subscriptions<Answer, Listener>& to);
  template <class Answer, class Listener>
  static void unsubscribe(subscriptions<Answer, Listener>& from, const caf::actor_addr& subscriber);

  void find_now(const std::string& wanted, named_actor& found) const;
  void find_now(const std::string& wanted, named_group& found) const;

  void connect();
  void introduce();
  void joined(const directory& x);
  void refused(const error& why);
  void lose_hub();
  void retry(const error& why);
  void tell_changes();

  receptionist_shell::pointer self_;
  receptionist_options options_;
  std::optional<membership> members_; // set by `start`
  std::mt19937_64 random_;
  subscriptions<named_actor, name_listener_actor> names_;
  subscriptions<named_group, group_listener_actor> groups_;
  directory announced_;                 // what the members were told
  receptionist_actor hub_;              // the node that this one joins; null: none
  bool joined_ = false;                 // the hub said yes
  std::vector<named_actor> introduced_; // names that the hub was told
  std::uint64_t attempt_ = 0;           // number of the current try to join
  std::uint32_t failures_ = 0;          // in a row
  std::size_t next_seed_ = 0;
  std::string last_problem_; // logged once, however often it happens in a row
  std::string last_refusal_; // of a member; the same
};

/// Joins this node to its cluster, admits other nodes, and knows who answers to which name.
///
///     joining   connect to a seed -> introduce this node -> joined
///                     ^                      |                 |
///                     +---- backoff <--- refused, failed, connection lost
///
/// While it is joined it repeats the introduction now and then, so that whatever one side forgot is
/// put right. Any number of nodes may join one that listens; how that one gets its port is not
/// this actor's business.
receptionist_shell::behavior_type
receptionist(receptionist_shell::stateful_pointer<receptionist_state> self,
             receptionist_options options);

} // namespace troupe
