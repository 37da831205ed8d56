// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/file_lock.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace troupe::sqlite {

namespace {

std::string holder_of(int file) {
  std::array<char, 32> text{};
  const auto size = ::pread(file, text.data(), text.size(), 0);
  std::string pid{text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  pid.erase(pid.find_last_not_of('\n') + 1);
  return pid.empty() ? "another process" : "process " + pid;
}

} // namespace

result<file_lock> file_lock::take(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0)
    return failure(errc::storage_failed,
                   "lock file '" + path.string() + "': " + std::generic_category().message(errno)
                     + "; make its folder writable for this user, or name another one");
  file_lock lock{file};
  // flock, not fcntl: it also refuses a second opener in the same process, and closing another
  // descriptor of the file does not drop it.
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return failure(errc::storage_failed, "lock file '" + path.string()
                                             + "': " + std::generic_category().message(errno)
                                             + "; put it on a local file system");
    return failure(errc::storage_failed, "lock file '" + path.string() + "' is held by "
                                           + holder_of(file)
                                           + ", which has the database open; stop that first");
  }
  const auto pid = std::to_string(::getpid()) + "\n";
  // On a full disk the number is missing, and a second opener reads "another process".
  [[maybe_unused]] const bool said
    = ::ftruncate(file, 0) == 0 && ::pwrite(file, pid.data(), pid.size(), 0) > 0;
  return lock;
}

file_lock::file_lock(file_lock&& other) noexcept : file_{std::exchange(other.file_, -1)} {}

file_lock::~file_lock() {
  if (file_ >= 0)
    ::close(file_);
}

} // namespace troupe::sqlite
