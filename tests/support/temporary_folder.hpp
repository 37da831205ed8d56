// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "messages/time.hpp"

namespace troupe::test {

/// A fresh directory that is removed in the end, and wakes who waits for changes in it.
class temporary_folder {
public:
  /// Throws when it cannot be made.
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

  /// Returns when a file in it is written, made or renamed, or after `limit`.
  void wait_for_change(milliseconds limit) const;

private:
  std::filesystem::path path_;
  int watch_ = -1;
};

} // namespace troupe::test
