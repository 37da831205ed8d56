// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace troupe {

/// Rows in columns, for people.
class text_table {
public:
  struct column {
    std::string title;
    bool right = false; ///< numbers stand below each other
  };

  explicit text_table(std::vector<column> columns) : columns_{std::move(columns)} {}

  /// One cell a column; cells may hold anything and are shown as one line.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  bool empty() const { return rows_.empty(); }

  /// A line for the titles and one for each row, cut to `width` characters; 0: not cut.
  std::vector<std::string> lines(std::size_t width) const;

private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

} // namespace troupe
