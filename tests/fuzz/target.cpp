// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace troupe::fuzz {

std::vector<target>& targets() {
  static std::vector<target> all;
  return all;
}

known_target::known_target(std::string_view name, void (*run)(std::string_view bytes)) {
  targets().push_back({name, run});
}

void require(bool holds, std::string_view what) {
  if (!holds)
    throw std::logic_error{std::string{what}};
}

std::string_view take_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  const auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

unsigned take_number(std::string_view& rest) {
  if (rest.empty())
    return 0;
  const auto number = static_cast<unsigned char>(rest.front());
  rest.remove_prefix(1);
  return number;
}

} // namespace troupe::fuzz
