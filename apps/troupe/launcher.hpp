// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "apps/troupe/restart_policy.hpp"
#include "messages/errors.hpp"
#include "messages/time.hpp"

namespace troupe {

/// One program to keep running.
struct process_description {
  std::string name;
  std::vector<std::string> command; ///< program and arguments
  std::filesystem::path log;        ///< gets its output, appended; empty: our standard error
  std::uint32_t stop_order = 0;     ///< the smallest are stopped first
  milliseconds stop_grace{30'000};  ///< from SIGTERM to SIGKILL
  /// It is killed, and so started again, if after a first sign of life there is none for so long;
  /// 0: never.
  milliseconds watchdog{0};
};

enum class process_state { starting, running, waiting, stopping, ended };

std::string to_string(process_state x);

struct process_status {
  std::string name;
  process_state state = process_state::starting;
  pid_t pid = 0; ///< 0 while it does not run
  std::uint32_t starts = 0;
  std::chrono::steady_clock::time_point started_at{};
};

/// Starts processes, starts again what ends, and stops all of them in order. They do not outlive
/// this process, however it ends, and signals from the terminal do not reach them.
///
/// One thread uses it and must live as long as the processes: the kernel kills them when it ends.
class launcher {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Hears one line about each event: which process, and what happened.
  using listener = std::function<void(const std::string& name, const std::string& what)>;

  launcher(std::vector<process_description> processes, std::uint64_t seed, listener tell);

  /// Kills what still runs.
  ~launcher();
  launcher(const launcher&) = delete;
  launcher& operator=(const launcher&) = delete;

  /// Does all that is due: starts processes, notices ends, stops the next ones. Call it when
  /// SIGCHLD comes and when `next_due` has come.
  void poll(time_point now);

  /// Takes a sign of life; one of somebody else counts for nothing. Tell all that came before
  /// `poll`: after a pause of this process itself they show that nobody hangs.
  void heard(pid_t pid, time_point now);

  /// When `poll` has something to do without a signal; none: not before one.
  std::optional<time_point> next_due() const;

  /// Begins to stop all; `poll` goes on with it.
  void stop(time_point now);

  /// Kills all at once.
  void kill_all();

  /// Have all ended after `stop`, or after a process was given up?
  bool done() const;

  /// Why it gave up.
  const std::optional<error>& problem() const { return problem_; }

  /// Who did not start, if that is why.
  const std::optional<std::string>& given_up() const { return given_up_; }

  std::vector<process_status> processes() const;

private:
  struct child {
    process_description description;
    process_status status;
    restart_policy policy;
    std::optional<time_point> due;     ///< to be started, or to be killed
    std::optional<time_point> silence; ///< when it hangs, if nothing is heard of it until then
  };

  void start(child& x, time_point now);
  void reap(time_point now);
  void kill_if_it_hangs(child& x, time_point now);
  void end(child& x, int wait_status, time_point now);
  void stop_next(time_point now);

  std::vector<child> children_;
  listener tell_;
  bool stopping_ = false;
  std::optional<error> problem_;
  std::optional<std::string> given_up_;
};

} // namespace troupe
