// SPDX-License-Identifier: Apache-2.0
#include "apps/photos/status_line.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace photos {

namespace {

constexpr std::size_t bar_width = 30;

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

} // namespace

status_line::status_line() : terminal_{isatty(STDOUT_FILENO) == 1} {}

status_line::~status_line() {
  erase();
}

void status_line::say(std::string_view text) {
  auto bar = bar_;
  erase();
  print(fmt::format("{}\n", text));
  bar_ = bar;
  print(bar_);
}

void status_line::progress(std::size_t done, std::size_t total, double per_second) {
  if (total == 0)
    return;
  if (terminal_) {
    erase();
    auto filled = bar_width * done / total;
    bar_ = fmt::format("[{}{}] {}/{}  {:.1f} jobs/s", std::string(filled, '#'),
                       std::string(bar_width - filled, '.'), done, total, per_second);
    print(bar_);
  } else if (auto tenths = 10 * done / total; tenths > tenths_) {
    tenths_ = tenths;
    say(fmt::format("{}/{} jobs done, {:.1f} jobs/s", done, total, per_second));
  }
}

void status_line::erase() {
  if (!bar_.empty())
    print("\r\x1b[K");
  bar_.clear();
}

} // namespace photos
