// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/standard_streams.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <poll.h>
#include <unistd.h>

namespace troupe {

void open_standard_streams() {
  // The lowest number that is free is the one that is given.
  for (auto number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(number, F_GETFD) == -1 && ::open("/dev/null", O_RDWR) != number)
      std::_Exit(EXIT_FAILURE);
}

bool reader_has_gone() {
  pollfd out{STDOUT_FILENO, 0, 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

bool printed_all() {
  return static_cast<bool>(std::cout.flush());
}

} // namespace troupe
