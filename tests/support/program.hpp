// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "actors/child_process.hpp"
#include "messages/time.hpp"

namespace troupe::test {

/// A program that runs beside the test, and does not outlive it. The thread that starts it must
/// live as long as the program: the kernel kills it when that thread ends.
class program {
public:
  /// Starts it with nothing on its stdin. Its output is appended to the files, which may be one.
  /// Throws when it cannot be started.
  program(const std::vector<std::string>& command, const std::filesystem::path& output,
          const std::filesystem::path& errors);

  void signal(int number) const noexcept;

  /// Waits for its end. Its exit status, or the signal that ended it as a negative number; nothing
  /// when it still runs after `limit`.
  std::optional<int> wait(milliseconds limit);

private:
  child_process child_;
  std::optional<int> ended_;
};

/// How a program ended, and what it said.
struct program_end {
  std::optional<int> status; ///< none: it had to be killed, because it took too long
  std::string output;
  std::string errors;
};

/// Runs a program to its end, for 20 s at most.
program_end run_program(const std::vector<std::string>& command);

/// A program of this build, which lies beside the running one.
std::string built_program(const std::string& name);

/// All of a file; empty if there is none.
std::string read_file(const std::filesystem::path& file);

} // namespace troupe::test
