// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor.hpp>
#include <caf/behavior.hpp>
#include <caf/error.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actors/environment.hpp"
#include "actors/supervision.hpp"

namespace troupe {

/// What a supervisor must know of a child.
struct child_spec {
  std::string name; ///< for people
  /// Spawns it. Called in the supervisor at each (re)start; must not block. The child ends when it
  /// gets an exit message with `user_shutdown`; it is monitored by the supervisor, not linked.
  std::function<caf::actor(caf::local_actor*)> start;
  restart_kind restart = restart_kind::permanent;
  milliseconds shutdown_timeout{5000}; ///< from being asked to end until it is killed
};

struct supervisor_options {
  std::string name; ///< for people
  supervision_settings settings;
  std::vector<child_spec> children; ///< in the order of their start
  environment env;
};

class supervisor_state {
public:
  static inline const char* name = "supervisor";

  explicit supervisor_state(caf::event_based_actor* self) : self_{self} {}

  /// Children never outlive their supervisor, however it ended.
  ~supervisor_state();

  void start(supervisor_options options);
  void shut_down(caf::error reason);
  void child_ended(const caf::down_msg& down);
  /// A child that was told to end has had some of its time; this much is left.
  void look_after_stop(std::size_t child, std::uint64_t run, milliseconds left);

  /// Carries out what is due now.
  void proceed();

private:
  struct child_record {
    child_spec spec;
    caf::actor handle{};   // null: not running
    std::uint64_t run = 0; // number of its starts, to tell time-outs of earlier runs
  };

  void start_child(std::size_t i);
  void stop_child(std::size_t i);
  void await_stop(std::size_t i, std::uint64_t run, milliseconds left);

  caf::event_based_actor* self_;
  std::string label_;
  std::vector<child_record> children_;
  supervision_settings settings_;
  std::optional<supervision> logic_; // set by `start`
  caf::error reason_;                // why it ends
};

/// Starts children in order, restarts them by `settings`, and stops them in reverse order, each
/// after the next has ended. A supervisor is a child like any other, so they nest.
///
/// An exit message stops the children and then this actor, with the same reason. A child that
/// fails more often than the settings allow does so too; the reason then is an `error` whose code
/// is the child's.
caf::behavior supervisor(caf::stateful_actor<supervisor_state>* self, supervisor_options options);

} // namespace troupe
