// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

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

/// What to run.
struct child_command {
  std::vector<std::string> words; ///< program and arguments; without a '/' it is looked up in PATH
  std::string directory;          ///< to run in; empty: this process's
  std::vector<std::pair<std::string, std::string>> environment; ///< on top of this process's
};

/// A program that runs as the leader of its own process group. Linux only.
///
/// It is killed by the kernel when the thread that started it ends, so it does not outlive this
/// process, even one that is killed. Processes that it started itself are killed with the group, by
/// `kill_group`, but not by the death of this process.
///
/// It gets the default signal dispositions, and no descriptor of this process but the three pipes.
class child_process {
public:
  /// Starts a program, and returns when it has really begun; else why it could not
  /// (`invalid_argument`, with its name). The three pipes never block this side.
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
};

/// "exited with status 3", or "was ended by signal 9 (KILL)".
std::string describe_status(int status);

} // namespace troupe
