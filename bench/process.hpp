// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace troupe::bench {

/// A child process; killed and waited for when this goes out of scope.
class process {
public:
  /// Starts `program` (looked up in PATH) with its output going to the file `log`. Throws
  /// `std::system_error` when that is impossible.
  process(const std::string& program, std::vector<std::string> arguments,
          const std::filesystem::path& log);
  ~process();
  process(process&& other) noexcept;
  process& operator=(process&& other) noexcept;

  pid_t id() const noexcept { return pid_; }
  void signal(int number) const;

  /// Kills it and waits for its end.
  void kill();

  /// Asks it to end (SIGTERM) and waits; kills it if that takes longer than `limit`.
  void stop(std::chrono::milliseconds limit);

  /// Whether it has ended by itself.
  bool has_ended();

  /// Bytes of memory that are resident now.
  std::uint64_t resident_bytes() const;

private:
  bool ended_within(std::chrono::milliseconds limit);

  pid_t pid_ = 0;
};

/// This program's own file.
std::filesystem::path own_program();

/// A TCP port of the loopback interface that is free now.
std::uint16_t free_port();

} // namespace troupe::bench
