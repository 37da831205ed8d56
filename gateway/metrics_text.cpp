// SPDX-License-Identifier: Apache-2.0
#include "gateway/metrics_text.hpp"

#include <algorithm>
#include <limits>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <sstream>

#include "actors/utf8.hpp"

namespace troupe {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

constexpr double microseconds_per_second = 1e6;
constexpr double milliseconds_per_second = 1e3;

double seconds_of(milliseconds x) {
  return static_cast<double>(x.count()) / milliseconds_per_second;
}

/// Collects families in the order of their first value.
class metric_list {
public:
  void gauge(const char* name, const char* help, labels of, double value) {
    auto& x = add(name, help, MetricType::Gauge, std::move(of));
    x.gauge.value = value;
  }

  template <class Number>
  void gauge(const char* name, const char* help, labels of, Number value) {
    gauge(name, help, std::move(of), static_cast<double>(value));
  }

  void counter(const char* name, const char* help, labels of, std::uint64_t value) {
    auto& x = add(name, help, MetricType::Counter, std::move(of));
    x.counter.value = static_cast<double>(value);
  }

  void seconds(const char* name, const char* help, labels of, const histogram& value) {
    std::vector<double> bounds;
    for (const auto bound : duration_bounds)
      bounds.push_back(static_cast<double>(bound.count()) / microseconds_per_second);
    spread(name, help, std::move(of), value, bounds, microseconds_per_second);
  }

  void numbers(const char* name, const char* help, labels of, const histogram& value) {
    spread(name, help, std::move(of), value,
           std::vector<double>(number_bounds.begin(), number_bounds.end()), 1);
  }

  std::string text() const {
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, families_);
    return out.str();
  }

private:
  ClientMetric& add(const char* name, const char* help, MetricType type, labels of) {
    auto found = std::find_if(families_.begin(), families_.end(),
                              [name](const auto& x) { return x.name == name; });
    if (found == families_.end())
      found = families_.insert(found, {name, help, type, {}});
    for (auto& label : of)
      if (!is_utf8(label.value))
        label.value = "?"; // Prometheus would refuse all figures
    auto& metric = found->metric.emplace_back();
    metric.label = std::move(of);
    return metric;
  }

  // Nothing was counted yet: all of its buckets are 0.
  void spread(const char* name, const char* help, labels of, const histogram& value,
              const std::vector<double>& bounds, double unit) {
    auto& x = add(name, help, MetricType::Histogram, std::move(of)).histogram;
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
      x.sample_count += i < value.counts.size() ? value.counts[i] : 0;
      x.bucket.push_back(
        {x.sample_count, i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity()});
    }
    x.sample_sum = static_cast<double>(value.sum) / unit;
  }

  std::vector<MetricFamily> families_;
};

// -- jobs ----------------------------------------------------------------------------------------

void add_queues(metric_list& list, const std::vector<queue_info>& queues) {
  for (const auto& x : queues) {
    const std::pair<const char*, std::uint64_t> depths[]
      = {{"scheduled", x.depths.scheduled}, {"ready", x.depths.ready},
         {"running", x.depths.running},     {"retrying", x.depths.retrying},
         {"succeeded", x.depths.succeeded}, {"dead", x.depths.dead},
         {"cancelled", x.depths.cancelled}};
    for (const auto& [state, count] : depths)
      list.gauge("troupe_queue_jobs", "Jobs of a queue that are kept, by state.",
                 {{"queue", x.name}, {"state", state}}, count);
    list.gauge("troupe_queue_oldest_ready_seconds", "Age of the oldest job that is ready.",
               {{"queue", x.name}}, seconds_of(x.oldest_ready));
    list.gauge("troupe_queue_workers", "Workers that take the queue's jobs.", {{"queue", x.name}},
               x.workers);
  }
}

void add_counts(metric_list& list, const std::vector<queue_counts>& counts) {
  for (const auto& x : counts) {
    const labels of{{"queue", x.queue}};
    const auto count_of = [&x](job_event_kind kind) {
      const auto i = static_cast<std::size_t>(kind);
      return i < x.events.size() ? x.events[i] : 0;
    };
    list.counter("troupe_queue_jobs_enqueued_total", "Jobs that were stored.", of, x.enqueued);
    for (const auto kind :
         {job_event_kind::succeeded, job_event_kind::dead, job_event_kind::cancelled})
      list.counter("troupe_queue_jobs_finished_total", "Jobs that are over, by how they ended.",
                   {{"queue", x.queue}, {"state", to_string(kind)}}, count_of(kind));
    list.counter("troupe_queue_leases_granted_total", "Jobs that were handed to a worker.", of,
                 count_of(job_event_kind::leased));
    list.counter("troupe_queue_retries_total", "Failures after which the job will run again.", of,
                 count_of(job_event_kind::retrying));
    list.counter("troupe_queue_leases_lost_total",
                 "Leases that were taken from a worker that was lost or silent.", of,
                 count_of(job_event_kind::lost));
    list.seconds("troupe_queue_start_latency_seconds",
                 "From being due until a worker was given the job; of first deliveries.", of,
                 x.start_latency);
    list.seconds("troupe_queue_run_time_seconds",
                 "From the start of a handler until its outcome was durable.", of, x.run_time);
  }
}

// -- processes -----------------------------------------------------------------------------------

void add_workers(metric_list& list, const std::vector<worker_info>& workers) {
  for (const auto& x : workers) {
    const labels of{{"node", x.worker.node}};
    list.gauge("troupe_worker_heartbeat_age_seconds", "Since the worker's last sign of life.", of,
               seconds_of(x.heartbeat_age));
    list.gauge("troupe_worker_slots", "Handlers that may run at once.", of, x.slots);
    list.gauge("troupe_worker_leases", "Jobs that the worker holds.", of, x.leases.size());
    list.gauge("troupe_worker_withheld_queues",
               "Queues whose jobs it does not take, because it cannot start their handlers.", of,
               x.withheld.size());
    for (const auto state :
         {worker_state::alive, worker_state::suspect, worker_state::draining, worker_state::idle})
      list.gauge("troupe_worker_state", "1 for the state that the worker is in.",
                 {{"node", x.worker.node}, {"state", to_string(state)}}, x.state == state ? 1 : 0);
  }
}

void add_nodes(metric_list& list, const std::vector<node_info>& nodes) {
  for (const auto& x : nodes) {
    list.gauge("troupe_node_info", "1 for each process of the cluster.",
               {{"node", x.name}, {"version", x.version}}, 1);
    list.gauge("troupe_node_start_time_seconds", "When the process started, as a Unix time.",
               {{"node", x.name}},
               std::chrono::duration<double>(x.started_at.time_since_epoch()).count());
  }
}

void add_mailbox(metric_list& list, const mailbox_figure& x) {
  list.gauge("troupe_mailbox_messages", "Messages that wait for an actor.",
             {{"node", x.node}, {"actor", x.actor}}, x.messages);
}

void add_mailboxes(metric_list& list, const cluster_figures& figures) {
  for (const auto& x : figures.mailboxes)
    add_mailbox(list, x);
  for (const auto& x : figures.caches)
    add_mailbox(list, {x.owner.node, "cache/" + std::to_string(x.owner.number), x.mailbox});
}

// -- records -------------------------------------------------------------------------------------

void add_caches(metric_list& list, const std::vector<cache_described>& caches) {
  for (const auto& cache : caches) {
    const auto number = std::to_string(cache.owner.number);
    list.gauge("troupe_cache_shards", "Shards of keys that the cache owns.",
               {{"node", cache.owner.node}, {"cache", number}}, cache.held.size());
    for (const auto& x : cache.collections) {
      const labels of{{"node", cache.owner.node}, {"cache", number}, {"collection", x.collection}};
      list.gauge("troupe_cache_entries", "Records in memory.", of, x.entries);
      list.gauge("troupe_cache_bytes", "Memory of the records, overhead included.", of, x.bytes);
      list.gauge("troupe_cache_limit_bytes", "Memory that they may take.", of, x.bytes_max);
      list.counter("troupe_cache_hits_total", "Reads that were answered from memory.", of, x.hits);
      list.counter("troupe_cache_misses_total", "Reads that asked the database.", of, x.misses);
      list.counter("troupe_cache_coalesced_total",
                   "Reads that shared another's question to the database.", of, x.coalesced);
      list.counter("troupe_cache_evictions_total", "Records that made room for others.", of,
                   x.evictions);
    }
  }
}

void add_store(metric_list& list, const commits_counted& x) {
  list.numbers("troupe_store_commit_operations", "Requests that shared a commit.", {},
               x.operations);
  list.seconds("troupe_store_commit_duration_seconds", "How long commits took.", {}, x.durations);
  list.counter("troupe_store_commit_failures_total",
               "Commits of which at least a part could not be stored.", {}, x.failures);
}

// -- this gateway --------------------------------------------------------------------------------

std::string route_label(std::string_view route) {
  return route.empty() ? "none" : std::string{route};
}

void add_requests(metric_list& list, const request_log& log, std::size_t open) {
  for (const auto& [key, count] : log.counts())
    list.counter("troupe_http_requests_total", "Requests that this gateway has answered.",
                 {{"method", std::string{to_string(key.method)}},
                  {"route", route_label(key.route)},
                  {"status", std::to_string(key.status)}},
                 count);
  for (const auto& [key, times] : log.times())
    list.seconds(
      "troupe_http_request_duration_seconds",
      "From a request's arrival at the gateway until it was answered.",
      {{"method", std::string{to_string(key.first)}}, {"route", route_label(key.second)}}, times);
  list.gauge("troupe_http_requests_open", "Requests that wait for an answer.", {}, open);
}

} // namespace

std::string metrics_text(const cluster_figures& x) {
  metric_list list;
  for (const auto& [name, answered] : x.parts)
    list.gauge("troupe_up", "1 if this part answered; else its figures are missing here.",
               {{"part", name}}, answered ? 1 : 0);
  add_queues(list, x.queues);
  add_counts(list, x.counts);
  add_workers(list, x.workers);
  add_nodes(list, x.nodes);
  add_mailboxes(list, x);
  add_caches(list, x.caches);
  if (x.commits)
    add_store(list, *x.commits);
  for (const auto& certificate : x.certificates)
    list.gauge("troupe_certificate_end_timestamp_seconds",
               "When a certificate of this node ends: seconds since 1970.",
               {{"file", certificate.file}},
               std::chrono::duration<double>(certificate.ends.time_since_epoch()).count());
  for (const auto& [reason, count] : x.refused)
    list.counter("troupe_http_refused_requests_total",
                 "Requests that were no HTTP, or too large, and ended before they were read.",
                 {{"reason", reason}}, count);
  if (x.requests != nullptr)
    add_requests(list, *x.requests, x.requests_open);
  return list.text();
}

} // namespace troupe
