// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace photos {

/// Tells people on standard output how far it is: as a bar below what was said on a terminal, as a
/// line for each tenth elsewhere.
class status_line {
public:
  status_line();
  ~status_line(); ///< takes the bar off the screen
  status_line(const status_line&) = delete;
  status_line& operator=(const status_line&) = delete;

  void say(std::string_view text);

  void progress(std::size_t done, std::size_t total, double per_second);

private:
  void erase();

  bool terminal_;
  std::string bar_;
  std::size_t tenths_ = 0;
};

} // namespace photos
