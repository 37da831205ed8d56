// SPDX-License-Identifier: Apache-2.0
#include "bench/figures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace troupe::bench {

namespace {

/// Three digits, as people write them.
std::string number(double x) {
  if (std::abs(x) >= 1'000'000)
    return fmt::format("{:.0f}k", x / 1000);
  if (std::abs(x) >= 10'000)
    return fmt::format("{:.1f}k", x / 1000);
  if (std::abs(x) >= 100)
    return fmt::format("{:.0f}", x);
  return fmt::format("{:.3g}", x);
}

} // namespace

double median(std::vector<double> values) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double percentile(std::vector<double> values, double share) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

report::report(std::vector<figure> figures) : figures_{std::move(figures)} {}

void report::add(const std::string& id, double value) {
  const auto& what = find(id);
  runs_[id].push_back(value);
  std::cerr << fmt::format("  {}: {} {}\n", what.title, number(value), what.unit);
}

const figure& report::find(const std::string& id) const {
  auto i
    = std::find_if(figures_.begin(), figures_.end(), [&](const figure& x) { return x.id == id; });
  if (i == figures_.end())
    throw std::logic_error("no figure '" + id + "'");
  return *i;
}

double report::median_of(const std::string& id) const {
  auto i = runs_.find(id);
  return i == runs_.end() ? 0 : median(i->second);
}

std::vector<report::row> report::rows() const {
  std::vector<row> result;
  for (const auto& what : figures_) {
    auto runs = runs_.find(what.id);
    if (runs == runs_.end())
      continue;
    const auto [least, most] = std::minmax_element(runs->second.begin(), runs->second.end());
    row x{&what, median(runs->second), *least, *most, what.goal, {}, {}};
    if (auto other = median_of(what.beside); other > 0)
      x.compared = x.middle / other;
    if (what.goal && what.goal_is_share)
      x.goal = x.compared ? std::optional{*what.goal * median_of(what.beside)} : std::nullopt;
    if (x.goal) {
      auto reached = what.direction == better::more ? x.middle >= *x.goal : x.middle <= *x.goal;
      auto doubtful = what.share_max && x.compared && *x.compared > *what.share_max;
      x.verdict = doubtful ? "undecided" : reached ? "OK" : "missed";
    } else if (what.goal) {
      x.verdict = "undecided"; // what it is to be compared with was not measured
    }
    result.push_back(x);
  }
  return result;
}

bool report::all_reached() const {
  auto all = rows();
  return std::all_of(all.begin(), all.end(),
                     [](const row& x) { return x.verdict.empty() || x.verdict == "OK"; });
}

void report::print(std::ostream& out) const {
  using line = std::array<std::string, 5>;
  std::vector<line> lines{{"what", "goal", "median (least-most)", "beside", "goal is"}};
  for (const auto& x : rows()) {
    const auto& what = *x.what;
    auto sign = what.direction == better::more ? ">= " : "<= ";
    lines.push_back(
      {fmt::format("{} [{}]", what.title, what.unit), x.goal ? sign + number(*x.goal) : "",
       fmt::format("{} ({}-{})", number(x.middle), number(x.least), number(x.most)),
       x.compared ? fmt::format("{:.2f} x {}", *x.compared, find(what.beside).title) : "",
       x.verdict});
  }
  std::array<std::size_t, 5> widths{};
  for (const auto& x : lines)
    for (std::size_t i = 0; i < x.size(); ++i)
      widths[i] = std::max(widths[i], x[i].size());
  for (const auto& x : lines)
    out << fmt::format("{:<{}} {:>{}} {:>{}}  {:<{}} {}\n", x[0], widths[0], x[1], widths[1], x[2],
                       widths[2], x[3], widths[3], x[4]);
}

void report::write_json(std::ostream& out) const {
  auto figures = nlohmann::json::array();
  for (const auto& x : rows()) {
    const auto& what = *x.what;
    nlohmann::json entry{
      {"id", what.id},  {"title", what.title}, {"unit", what.unit},        {"median", x.middle},
      {"min", x.least}, {"max", x.most},       {"runs", runs_.at(what.id)}};
    if (x.goal) {
      entry["goal"] = *x.goal;
      entry["goal_is"] = what.direction == better::more ? "at least" : "at most";
      entry["verdict"] = x.verdict;
    }
    if (x.compared)
      entry["ratio"] = {{"to", what.beside}, {"value", *x.compared}};
    figures.push_back(std::move(entry));
  }
  out << nlohmann::json{{"figures", std::move(figures)}}.dump(2) << '\n';
}

} // namespace troupe::bench
