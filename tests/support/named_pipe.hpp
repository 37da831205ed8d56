// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>

#include "actors/child_process.hpp"

namespace troupe::test {

/// A pipe with a name, through which a test and the programs that it runs wait for each other:
///
///     echo begun >PIPE     # goes on when the test hears it
///     read line <PIPE      # goes on when the test says so
class named_pipe {
public:
  /// Makes it; throws when it cannot.
  explicit named_pipe(std::filesystem::path path);

  const std::filesystem::path& path() const noexcept { return path_; }

  /// What the next writer says, up to its end. Not after `let_go`.
  std::string hear() const;

  /// Lets so many readers go on, those of later too.
  void let_go(std::size_t readers = 1);

private:
  std::filesystem::path path_;
  descriptor held_; // open, so that what is said waits for its readers
};

} // namespace troupe::test
