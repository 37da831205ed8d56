// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/cluster_tables.hpp"

#include <algorithm>

#include "apps/troupe/text_format.hpp"
#include "node/settings_reader.hpp"

namespace troupe {

namespace {

/// Why a job is not simply done: its last failure.
std::string trouble_of(const job& x) {
  if (x.state == job_state::succeeded || x.reason == end_reason::none)
    return {};
  return x.error.empty() ? to_string(x.reason) : to_string(x.reason) + ": " + x.error;
}

/// How often it was handed out. The counter counts deliveries when they end.
std::uint32_t attempts_of(const job& x) {
  return x.counters.deliveries + (x.state == job_state::running ? 1 : 0);
}

std::string queues_of(const worker_info& x) {
  auto result = join(x.queues);
  for (const auto& each : x.withheld)
    result += (result.empty() ? "not " : "; not ") + each.queue + ": " + each.why;
  return result;
}

std::string ids_held_by(const worker_info& x) {
  std::vector<job_id> ids;
  for (auto& lease : x.leases)
    ids.push_back(lease.job);
  return format_ids(ids);
}

} // namespace

text_table table_of(const std::vector<job>& jobs) {
  // Many never tag a job, and lines are short.
  const bool tagged
    = std::any_of(jobs.begin(), jobs.end(), [](const auto& x) { return !x.tags.empty(); });
  std::vector<text_table::column> columns{{"ID", true}, {"QUEUE"},   {"STATE"},   {"ATTEMPT", true},
                                          {"NODE"},     {"CREATED"}, {"FINISHED"}};
  if (tagged)
    columns.push_back({"TAGS"});
  columns.push_back({"TROUBLE"});
  text_table table{std::move(columns)};
  for (auto& x : jobs) {
    std::vector<std::string> cells{
      std::to_string(x.id),           x.queue, to_string(x.state),
      std::to_string(attempts_of(x)), x.node,  format_time(x.created_at),
      format_time(x.finished_at)};
    if (tagged)
      cells.push_back(join(x.tags));
    cells.push_back(trouble_of(x));
    table.add(std::move(cells));
  }
  return table;
}

text_table table_of(const std::vector<queue_info>& queues) {
  text_table table{{{"QUEUE"},
                    {"HANDLER"},
                    {"READY", true},
                    {"RUNNING", true},
                    {"SCHEDULED", true},
                    {"RETRYING", true},
                    {"SUCCEEDED", true},
                    {"DEAD", true},
                    {"CANCELLED", true},
                    {"OLDEST", true},
                    {"WORKERS", true}}};
  for (auto& x : queues) {
    auto number = [](std::uint64_t value) { return std::to_string(value); };
    auto& depths = x.depths;
    table.add({x.paused ? x.name + " (paused)" : x.name, x.handler.empty() ? "-" : x.handler,
               number(depths.ready), number(depths.running), number(depths.scheduled),
               number(depths.retrying), number(depths.succeeded), number(depths.dead),
               number(depths.cancelled),
               x.oldest_ready == milliseconds{0} ? "-" : format_age(x.oldest_ready),
               number(x.workers)});
  }
  return table;
}

text_table table_of(const std::vector<worker_info>& workers) {
  text_table table{{{"WORKER"},
                    {"STATE"},
                    {"SLOTS", true},
                    {"HELD", true},
                    {"HEARTBEAT", true},
                    {"QUEUES"},
                    {"JOBS"}}};
  for (auto& x : workers)
    table.add({x.worker.node, to_string(x.state), std::to_string(x.slots),
               std::to_string(x.leases.size()), format_age(x.heartbeat_age), queues_of(x),
               ids_held_by(x)});
  return table;
}

text_table table_of(const std::vector<node_info>& nodes) {
  text_table table{{{"NODE"}, {"ROLES"}, {"ADDRESS"}, {"PID", true}, {"VERSION"}, {"STARTED"}}};
  for (auto& x : nodes)
    table.add({x.name, join(x.roles), x.address.empty() ? "-" : x.address, std::to_string(x.pid),
               x.version, format_time(x.started_at)});
  return table;
}

} // namespace troupe
