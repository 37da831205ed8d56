// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "actors/backoff.hpp"
#include "actors/restart_budget.hpp"

namespace troupe {

/// Who else is restarted when a child fails.
enum class restart_strategy : std::uint8_t {
  one_for_one,  ///< nobody: the children do not depend on each other
  one_for_all,  ///< every child
  rest_for_one, ///< the children that were started after it, because they depend on it
};

/// When a child that ended is started again.
enum class restart_kind : std::uint8_t {
  permanent, ///< always
  transient, ///< when it failed
  temporary, ///< never, not even when its siblings are restarted
};

struct supervision_settings {
  restart_strategy strategy = restart_strategy::one_for_one;
  std::size_t intensity = 5; ///< restarts within `period` before the supervisor gives up
  milliseconds period{10'000};
  backoff_settings backoff{.base = milliseconds{50}, .factor = 2, .max = milliseconds{5000}};
};

/// What a supervisor must do now.
struct supervision_step {
  enum class kind : std::uint8_t {
    idle,  ///< nothing until a child ends
    start, ///< `child`
    stop,  ///< `child`, and tell `ended` when it has ended
    wait,  ///< until `due`
    end,   ///< itself: it was told to, or gave up, and no child is left
  };

  kind what = kind::idle;
  std::size_t child = 0;
  restart_budget::time_point due{};

  bool operator==(const supervision_step&) const = default;
};

/// Decides which children a supervisor starts and stops, and when: Erlang/OTP's rules, plus a
/// backoff before each restart. Pure state: no actor, no clock.
///
/// Children are started in order. They are stopped in reverse order, one after another; a restart
/// begins only when every child that it affects has ended.
class supervision {
public:
  using time_point = restart_budget::time_point;

  enum class verdict : std::uint8_t {
    expected,   ///< it was stopped
    gone,       ///< it is not to be started again
    restarting, ///< it will be
    gave_up,    ///< it failed too often: every child will be stopped, then the supervisor ends
  };

  /// `children` in the order of their start; `seed` for the backoff.
  supervision(const supervision_settings& settings, std::vector<restart_kind> children,
              std::uint64_t seed);

  /// The next step. Ask again after each, until the answer is neither `start` nor `stop`. What it
  /// says is taken as done: a child it starts counts as running until `ended`.
  supervision_step next(time_point now);

  /// A running child ended; `failed` tells whether of itself in a way that is an error.
  verdict ended(std::size_t child, bool failed, time_point now);

  /// Stops every child, then ends.
  void shut_down();

  bool shutting_down() const noexcept { return shutting_down_; }

private:
  enum class phase : std::uint8_t { absent, running, stopping };

  struct child_state {
    restart_kind kind;
    phase now = phase::absent;
    bool stop = false; // wanted
    bool start = true; // wanted, once nothing is left to stop
    time_point due{};  // not to be started before
  };

  bool affects(std::size_t failed, std::size_t other) const;
  supervision_step next_start(time_point now);

  supervision_settings settings_;
  restart_budget budget_;
  std::mt19937_64 random_;
  std::vector<child_state> children_;
  bool shutting_down_ = false;
};

} // namespace troupe
