// SPDX-License-Identifier: Apache-2.0
#include "tests/support/named_pipe.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace troupe::test {

namespace {

void check_pipe(bool fine, const std::filesystem::path& path) {
  if (!fine)
    throw std::system_error{errno, std::generic_category(), path.string()};
}

} // namespace

named_pipe::named_pipe(std::filesystem::path path) : path_{std::move(path)} {
  check_pipe(::mkfifo(path_.c_str(), 0600) == 0, path_);
}

std::string named_pipe::hear() const {
  std::ifstream in{path_};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void named_pipe::let_go(std::size_t readers) {
  if (!held_.is_open())
    held_ = descriptor{::open(path_.c_str(), O_RDWR | O_CLOEXEC)};
  const std::string lines(readers, '\n');
  check_pipe(::write(held_.get(), lines.data(), lines.size()) == static_cast<ssize_t>(readers),
             path_);
}

} // namespace troupe::test
