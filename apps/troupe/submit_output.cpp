// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/submit_output.hpp"

#include <algorithm>
#include <iostream>
#include <unistd.h>

#include "apps/troupe/command.hpp"
#include "apps/troupe/terminal.hpp"
#include "apps/troupe/text_format.hpp"

namespace troupe {

namespace {

constexpr std::size_t lines_max = 1000;
constexpr std::size_t outcome_characters_max = 500;
constexpr std::size_t ranges_max = 50;

const std::string& outcome_of(const job& x) {
  return x.state == job_state::succeeded ? x.result : x.error;
}

void print_single(const job& x) {
  if (x.state != job_state::succeeded) {
    std::cerr << "troupe: job " << x.id << " is " << to_string(x.state) << ": "
              << one_line(x.error.empty() ? to_string(x.reason) : x.error, outcome_characters_max)
              << '\n';
    return;
  }
  std::cout << x.result;
  if (!x.result.empty() && !x.result.ends_with('\n') && is_terminal(STDOUT_FILENO))
    std::cout << '\n';
  std::cout << std::flush;
}

std::string summary_of(const job_tracker& tracker) {
  auto result = format_count(tracker.total(), "job") + ":";
  for (auto& [state, count] : tracker.counts())
    result += " " + std::to_string(count) + " " + to_string(state);
  return result;
}

} // namespace

std::string describe_stored(const std::vector<job_id>& ids) {
  if (ids.empty())
    return "no jobs";
  auto ranges = id_ranges(ids);
  auto text = ids.size() == 1 ? "job " : std::to_string(ids.size()) + " jobs ";
  if (ranges.size() <= ranges_max)
    return text + format_ids(ids);
  auto end = std::find(ids.begin(), ids.end(), ranges[ranges_max].first);
  return text + format_ids({ids.begin(), end}) + " ... (--json has all)";
}

result<void> print_outcomes(client& cluster, const std::vector<job_id>& ids,
                            const job_tracker& tracker) {
  auto all = ids.size() <= lines_max;
  auto failed = false;
  for (std::size_t i = 0; i < ids.size() && (all || !tracker.all_succeeded()); i += lines_max) {
    auto end = std::min(ids.size(), i + lines_max);
    auto jobs = get_jobs_in_portions(cluster,
                                     {ids.begin() + static_cast<std::ptrdiff_t>(i),
                                      ids.begin() + static_cast<std::ptrdiff_t>(end)},
                                     true);
    if (!jobs)
      return tl::unexpected{jobs.error()};
    for (auto& x : *jobs) {
      failed = failed || x.state != job_state::succeeded;
      if (ids.size() == 1)
        print_single(x);
      else if (all || x.state != job_state::succeeded)
        std::cout << x.id << '\t' << to_string(x.state) << '\t'
                  << one_line(outcome_of(x), outcome_characters_max) << '\n';
    }
  }
  if (ids.size() > 1)
    std::cerr << summary_of(tracker) << '\n';
  else if (!tracker.all_succeeded() && !failed)
    std::cerr << "troupe: job " << ids.front() << " is gone: its retention is over\n";
  std::cout << std::flush;
  return {};
}

result<void> print_outcomes_as_json(client& cluster, const std::string& queue,
                                    const std::vector<job_id>& ids, const job_tracker& tracker) {
  auto jobs = get_jobs_in_portions(cluster, ids, true);
  if (!jobs)
    return tl::unexpected{jobs.error()};
  auto items = json::array();
  for (auto& x : *jobs)
    items.push_back(json_of(x, true));
  auto counts = tracker.counts();
  print_document({{"queue", queue},
                  {"count", ids.size()},
                  {"succeeded", counts[job_state::succeeded]},
                  {"dead", counts[job_state::dead]},
                  {"cancelled", counts[job_state::cancelled]},
                  {"ids", json_of_ids(ids)},
                  {"jobs", std::move(items)}});
  return {};
}

} // namespace troupe
