// SPDX-License-Identifier: Apache-2.0
#include "tests/support/temporary_folder.hpp"

#include <array>
#include <cerrno>
#include <poll.h>
#include <string>
#include <sys/inotify.h>
#include <system_error>
#include <unistd.h>

namespace troupe::test {

namespace {

void check_folder(bool fine, const char* what) {
  if (!fine)
    throw std::system_error{errno, std::generic_category(), what};
}

} // namespace

temporary_folder::temporary_folder() {
  std::string pattern = std::filesystem::temp_directory_path() / "troupe-XXXXXX";
  check_folder(::mkdtemp(pattern.data()) != nullptr, "mkdtemp");
  path_ = pattern;
  watch_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  check_folder(watch_ >= 0, "inotify_init1");
  check_folder(::inotify_add_watch(watch_, path_.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO) >= 0,
               "inotify_add_watch");
}

temporary_folder::~temporary_folder() {
  ::close(watch_);
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void temporary_folder::wait_for_change(milliseconds limit) const {
  pollfd changed{watch_, POLLIN, 0};
  ::poll(&changed, 1, static_cast<int>(limit.count()));
  std::array<char, 4096> events;
  while (::read(watch_, events.data(), events.size()) > 0) {
  }
}

} // namespace troupe::test
