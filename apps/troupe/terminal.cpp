// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/terminal.hpp"

#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace troupe {

bool is_terminal(int descriptor) {
  auto kind = std::getenv("TERM");
  return isatty(descriptor) == 1 && kind && std::string_view{kind} != "dumb";
}

terminal_size size_of_terminal(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return {};
  return {size.ws_col, size.ws_row};
}

std::size_t output_width() {
  return is_terminal(STDOUT_FILENO) ? size_of_terminal(STDOUT_FILENO).columns : 0;
}

} // namespace troupe
