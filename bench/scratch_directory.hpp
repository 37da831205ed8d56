// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

namespace troupe::bench {

/// A directory on the disk where the program lies; removed with its contents at the end.
class scratch_directory {
public:
  scratch_directory();
  ~scratch_directory();
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

private:
  std::filesystem::path path_;
};

} // namespace troupe::bench
