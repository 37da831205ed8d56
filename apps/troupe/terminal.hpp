// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

namespace troupe {

struct terminal_size {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// Is the file descriptor a terminal that can move its cursor?
bool is_terminal(int descriptor);

/// The size of the terminal now, or 80 by 24.
terminal_size size_of_terminal(int descriptor);

/// To cut tables for standard output: its columns, or 0 (do not cut) when it is no terminal.
std::size_t output_width();

} // namespace troupe
