// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/text_table.hpp"

#include <algorithm>

#include "apps/troupe/text_format.hpp"

namespace troupe {

namespace {

constexpr std::size_t cell_characters_max = 200;

} // namespace

std::vector<std::string> text_table::lines(std::size_t width) const {
  std::vector<std::vector<std::string>> cells{{}};
  for (auto& x : columns_)
    cells.front().push_back(x.title);
  for (auto& row : rows_) {
    auto& shown = cells.emplace_back();
    for (std::size_t i = 0; i < columns_.size(); ++i)
      shown.push_back(i < row.size() ? one_line(row[i], cell_characters_max) : "");
  }

  std::vector<std::size_t> widths(columns_.size());
  for (auto& row : cells)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], character_count(row[i]));

  std::vector<std::string> result;
  for (auto& row : cells) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string space(widths[i] - character_count(row[i]), ' ');
      line += columns_[i].right ? space + row[i] : row[i] + space;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result.push_back(width == 0 ? line : one_line(line, width));
  }
  return result;
}

} // namespace troupe
