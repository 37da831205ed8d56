// SPDX-License-Identifier: Apache-2.0
#include "actors/kept_text.hpp"

#include <algorithm>

#include "actors/error_text.hpp"

namespace troupe {

namespace {

// Cut rarely: each cut moves what is kept.
constexpr std::size_t rarely_bytes = 64 * 1024;

} // namespace

void kept_text::append(std::string_view bytes) {
  const auto begins = std::min(bytes.size(), bytes_max_ - first_.size());
  first_.append(bytes.substr(0, begins));
  last_.append(bytes.substr(begins));
  if (last_.size() <= 2 * bytes_max_ + rarely_bytes)
    return;
  missing_ += last_.size() - bytes_max_;
  last_.erase(0, last_.size() - bytes_max_);
}

std::string kept_text::text(std::size_t bytes_max) const {
  auto all = first_ + last_;
  all.erase(all.find_last_not_of('\n') + 1);
  return error_text(all, std::min(bytes_max, bytes_max_), missing_);
}

} // namespace troupe
