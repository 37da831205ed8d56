// SPDX-License-Identifier: Apache-2.0
#include "apps/photos/figures.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace photos {

namespace {

using json = nlohmann::ordered_json;

json json_of(const std::optional<time_figures>& times) {
  if (!times)
    return nullptr;
  return {{"p50_ms", times->p50.count()}, {"max_ms", times->max.count()}};
}

std::string text_of(const std::optional<time_figures>& times) {
  if (!times)
    return "none";
  return fmt::format("p50 {} ms, max {} ms", times->p50.count(), times->max.count());
}

std::string moved_text(const demo_figures& figures) {
  if (!figures.moved)
    return fmt::format("{}", figures.shards_lost);
  return fmt::format("{}, read from the next owner after {} ms", figures.shards_lost,
                     figures.moved->count());
}

} // namespace

std::optional<time_figures> summarize(std::vector<troupe::milliseconds> times) {
  if (times.empty())
    return std::nullopt;
  std::ranges::sort(times);
  return time_figures{times[(times.size() - 1) / 2], times.back()};
}

double demo_figures::jobs_per_second() const {
  auto seconds = std::chrono::duration<double>(took).count();
  return seconds > 0 ? static_cast<double>(jobs) / seconds : 0;
}

bool demo_figures::complete() const {
  return jobs > 0 && succeeded == jobs && lost == 0 && records == jobs && ready == jobs
         && changed_again == 0 && found && files_missing == 0;
}

std::vector<std::string> to_table(const demo_figures& figures) {
  auto megabytes = static_cast<double>(figures.picture_bytes) / 1e6;
  std::vector<std::pair<std::string, std::string>> rows{
    {"pictures", fmt::format("{}, {:.1f} MB read", figures.pictures, megabytes)},
    {"records created", fmt::format("{}, each with its job", figures.records)},
    {"jobs", fmt::format("{}", figures.jobs)},
    {"succeeded", fmt::format("{}", figures.succeeded)},
    {"re-dispatched", fmt::format("{}", figures.redispatched)},
    {"lost", fmt::format("{}", figures.lost)},
    {"throughput", fmt::format("{:.1f} jobs/s", figures.jobs_per_second())},
    {"lease taken away", text_of(figures.taken_away)},
    {"time to re-dispatch", text_of(figures.redispatch) + " (waits for a free slot)"},
    {"records ready",
     fmt::format("{} by one change, {} by more", figures.ready, figures.changed_again)},
    {"shards of keys moved", moved_text(figures)},
    {"search", fmt::format("\"{}\" {}", figures.searched,
                           figures.found ? "finds the photo" : "finds nothing")},
    {"files", fmt::format("{} of {} there and readable", figures.files - figures.files_missing,
                          figures.files)}};
  std::vector<std::string> lines;
  for (const auto& [name, value] : rows)
    lines.push_back(fmt::format("  {:<20} {}", name, value));
  return lines;
}

std::string to_json(const demo_figures& figures) {
  return json{{"complete", figures.complete()},
              {"pictures", figures.pictures},
              {"picture_bytes", figures.picture_bytes},
              {"jobs", figures.jobs},
              {"succeeded", figures.succeeded},
              {"redispatched", figures.redispatched},
              {"lost", figures.lost},
              {"took_ms", figures.took.count()},
              {"jobs_per_second", figures.jobs_per_second()},
              {"killed_node", figures.killed_node},
              {"killed_pid", figures.killed_pid},
              {"taken_away", json_of(figures.taken_away)},
              {"redispatch", json_of(figures.redispatch)},
              {"records", figures.records},
              {"records_ready", figures.ready},
              {"records_changed_again", figures.changed_again},
              {"shards_lost", figures.shards_lost},
              {"shards_moved_ms", figures.moved ? json(figures.moved->count()) : json(nullptr)},
              {"searched", figures.searched},
              {"found", figures.found},
              {"files", figures.files},
              {"files_missing", figures.files_missing}}
    .dump(2);
}

} // namespace photos
