// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "messages/errors.hpp"

namespace troupe::sqlite {

/// Holds a file's lock as long as it lives; the system drops it when the process dies.
class file_lock {
public:
  /// Locks `path`, which is made if it is not there. Refused, with the holder's process id in the
  /// text, while somebody else (of this process too) holds it.
  static result<file_lock> take(const std::filesystem::path& path);

  file_lock(file_lock&& other) noexcept;
  file_lock& operator=(file_lock&&) = delete;
  ~file_lock();

private:
  explicit file_lock(int file) noexcept : file_{file} {}

  int file_;
};

} // namespace troupe::sqlite
