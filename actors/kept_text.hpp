// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace troupe {

/// The beginning and the end of what a program says, in bounded memory.
class kept_text {
public:
  /// Of what is longer, no more than `bytes_max` are kept of either.
  explicit kept_text(std::size_t bytes_max) : bytes_max_{bytes_max} {}

  void append(std::string_view bytes);

  /// What fits, as `error_text` has it, without newlines at the end.
  std::string text(std::size_t bytes_max) const;

private:
  std::size_t bytes_max_;
  std::string first_;
  std::string last_;
  std::size_t missing_ = 0; ///< bytes between the two
};

} // namespace troupe
