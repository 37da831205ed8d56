// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/progress.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <unistd.h>

#include "apps/troupe/terminal.hpp"
#include "apps/troupe/text_format.hpp"

namespace troupe {

namespace {

constexpr milliseconds window{5000};
constexpr milliseconds draw_interval{100};
constexpr std::size_t bar_width_max = 40;
constexpr std::size_t bar_width_min = 5;

} // namespace

progress_meter::progress_meter(std::string label, std::uint64_t total)
    : label_{std::move(label)},
      total_{total},
      samples_{{milliseconds{0}, 0}} {}

void progress_meter::update(std::uint64_t done, milliseconds now) {
  samples_.push_back({now, done});
  // One sample from before the window stays, to measure from.
  while (samples_.size() > 2 && samples_[1].at + window <= now)
    samples_.pop_front();
}

double progress_meter::per_second() const {
  auto& first = samples_.front();
  auto& last = samples_.back();
  if (last.at == first.at || last.done < first.done)
    return 0;
  auto seconds = std::chrono::duration<double>{last.at - first.at}.count();
  return static_cast<double>(last.done - first.done) / seconds;
}

std::string progress_meter::line(std::size_t width) const {
  auto done = samples_.back().done;
  auto rate = per_second();
  auto counts = std::to_string(done);
  if (total_ != 0)
    counts += "/" + std::to_string(total_);
  counts += " " + format_rate(rate);
  if (total_ > done && rate > 0) {
    auto seconds = std::ceil(static_cast<double>(total_ - done) / rate);
    counts
      += ", " + format_age(milliseconds{1000} * std::llround(std::min(seconds, 1e9))) + " left";
  }
  auto text = label_ + " ";
  auto used = text.size() + counts.size() + 3;
  if (total_ != 0 && used + bar_width_min <= width) {
    auto bar = std::min(bar_width_max, width - used);
    auto part = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
    auto filled = static_cast<std::size_t>(part * static_cast<double>(bar));
    text += "[" + std::string(filled, '#') + std::string(bar - filled, '.') + "] ";
  }
  return cut(text + counts, width);
}

progress_bar::progress_bar(std::string label, std::uint64_t total, bool wanted)
    : meter_{std::move(label), total},
      wanted_{wanted && is_terminal(STDERR_FILENO)},
      started_{std::chrono::steady_clock::now()} {}

progress_bar::~progress_bar() {
  if (drawn_)
    std::cerr << "\r\x1b[K" << std::flush;
}

void progress_bar::update(std::uint64_t done) {
  if (!wanted_)
    return;
  auto now = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - started_);
  if (now < next_draw_)
    return;
  meter_.update(done, now);
  next_draw_ = now + draw_interval;
  drawn_ = true;
  auto width = size_of_terminal(STDERR_FILENO).columns;
  std::cerr << "\r" << meter_.line(width - 1) << "\x1b[K" << std::flush;
}

} // namespace troupe
