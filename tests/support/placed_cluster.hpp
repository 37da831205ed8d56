// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/process_cluster.hpp"

namespace troupe::test {

/// Which roles share a process: "control service/gateway/worker" is three processes. A process is
/// called by its roles, joined by '-'.
using placing = std::vector<std::vector<std::string>>;

/// Reads a placing.
placing placing_of(const std::string& text);

/// All 15 ways to put the four roles on processes.
std::vector<placing> all_placings();

std::string text_of(const placing& x);

/// A cluster with one node of each role, put on processes as wanted, that is looked at through its
/// gateway: by HTTP, as those outside see it. Each process but that of the control node reaches it
/// through a network of its own.
class placed_cluster {
public:
  static constexpr milliseconds lease{1000};

  explicit placed_cluster(placing roles);
  ~placed_cluster();
  placed_cluster(const placed_cluster&) = delete;
  placed_cluster& operator=(const placed_cluster&) = delete;

  /// Starts all processes, and waits until everything works.
  void start_all();

  std::vector<std::string> processes() const;
  bool has_control(const std::string& process) const;

  void start(const std::string& process);
  void kill(const std::string& process);
  void freeze(const std::string& process) { programs_.at(process).signal(SIGSTOP); }
  void thaw(const std::string& process) { programs_.at(process).signal(SIGCONT); }
  /// Asks it to stop, and waits until it has. Its exit status.
  std::optional<int> stop(const std::string& process);
  /// Of that of the control node: all others.
  void cut_off(const std::string& process);
  void join_again(const std::string& process);

  /// What does not work now of: records can be read and written, a job runs, the node says that it
  /// is ready. Empty: all of it does.
  std::string trouble() const;

  /// Waits until `condition` holds; false when it does not in time.
  bool eventually(const std::function<bool()>& condition, milliseconds limit) const;

  /// Waits until everything works. How long it took, or nothing.
  std::optional<milliseconds> recovers_within(milliseconds limit) const;

  /// Lets a moment pass in which nothing is to happen.
  void idle(milliseconds time) const;

  std::uint16_t http_port() const { return http_.number(); }
  std::string log(const std::string& process) const;

private:
  void write_config(const std::filesystem::path& file, const std::string& control) const;

  placing roles_;
  temporary_folder folder_;
  reserved_port port_;
  reserved_port http_;
  std::map<std::string, relay> networks_; // by process
  std::map<std::string, program> programs_;
  int exceptions_; // in flight when this was made
};

} // namespace troupe::test
