// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/lines.hpp"

#include <algorithm>

namespace troupe::sqlite {

std::string join_lines(const std::vector<std::string>& texts) {
  std::string column;
  for (const auto& x : texts)
    column += x + '\n';
  return column;
}

std::vector<std::string> split_lines(std::string_view column) {
  std::vector<std::string> texts;
  while (!column.empty()) {
    const auto end = std::min(column.find('\n'), column.size() - 1);
    texts.emplace_back(column.substr(0, end));
    column.remove_prefix(end + 1);
  }
  return texts;
}

} // namespace troupe::sqlite
