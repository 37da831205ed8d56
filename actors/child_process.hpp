// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "actors/program_limits.hpp"
#include "messages/errors.hpp"

namespace troupe {

/// A file descriptor that is closed in the end.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int number) noexcept : number_{number} {}
  ~descriptor() { close(); }
  descriptor(descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  descriptor& operator=(descriptor&& other) noexcept;

  int get() const noexcept { return number_; }
  bool is_open() const noexcept { return number_ >= 0; }
  void close() noexcept;

private:
  int number_ = -1;
};

/// Somebody else as whom a program runs.
struct program_user {
  std::string name;
  std::string home;
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;
};

/// The user of that name; `invalid_argument` when there is none, or when this process may not
/// become another user.
result<program_user> find_user(const std::string& name);

/// What to run.
struct child_command {
  std::vector<std::string> words; ///< program and arguments; without a '/' it is looked up in PATH
  std::string directory;          ///< to run in; empty: this process's
  std::vector<std::pair<std::string, std::string>> environment; ///< all of it
  std::optional<program_user> user;                             ///< none: as this process
  program_limits limits{};

  /// A variable of its environment; empty: there is none.
  std::string variable(std::string_view name) const;
};

/// Why that command cannot be started now: its program or directory is not there, or may not be
/// used. Empty: nothing is known against it.
std::string why_not_startable(const child_command& command);

/// A program that runs as the leader of its own process group. Linux only.
///
/// It and what it started in its group end with this process, even with one that is killed: the
/// kernel kills the program when the thread that started it ends, and the keeper the rest of the
/// group (actors/keeper.hpp).
///
/// It gets the default signal dispositions, the limits that this process was started with, and no
/// descriptor of this process but the three pipes.
class child_process {
public:
  /// Starts a program, and returns when it has really begun; else why it could not, with its name.
  /// The three pipes never block this side.
  static result<child_process> start(const child_command& command);

  /// Kills the group if it was not waited for.
  ~child_process();
  child_process(child_process&&) noexcept = default;
  child_process& operator=(child_process&&) = delete;

  descriptor input;  ///< to write to its stdin
  descriptor output; ///< to read its stdout
  descriptor errors; ///< to read its stderr
  descriptor exit;   ///< readable when the program has ended

  /// Sends a signal to the program and all that it started in its group.
  void signal_group(int signal) const noexcept;

  /// Waits for the end of the program, then kills what it left behind in its group. The status is
  /// `waitpid`'s.
  int wait();

private:
  child_process() = default;

  struct owned_pid {
    pid_t number = -1;
    owned_pid() = default;
    owned_pid(owned_pid&& other) noexcept : number{std::exchange(other.number, -1)} {}
  };
  owned_pid pid_;
  int keeper_ = -1; ///< which knows the group
};

/// "exited with status 3", or "was ended by signal 9 (KILL)".
std::string describe_status(int status);

} // namespace troupe
