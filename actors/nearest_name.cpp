// SPDX-License-Identifier: Apache-2.0
#include "actors/nearest_name.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace troupe {

namespace {

std::size_t edit_distance(std::string_view x, std::string_view y) {
  std::vector<std::size_t> row(y.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < y.size(); ++j) {
      auto replaced = diagonal + (x[i] == y[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

} // namespace

std::string nearest_name(std::string_view text, const std::vector<std::string>& names) {
  std::string nearest;
  auto smallest = std::max<std::size_t>(text.size() / 3, text.size() < 4 ? 1 : 2) + 1;
  for (auto& name : names)
    if (auto distance = edit_distance(text, name); distance < smallest) {
      smallest = distance;
      nearest = name;
    }
  return nearest;
}

} // namespace troupe
