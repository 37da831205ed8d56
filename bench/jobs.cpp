// SPDX-License-Identifier: Apache-2.0
#include "bench/jobs.hpp"

#include <fmt/format.h>
#include <iostream>

namespace troupe::bench {

namespace {

// Nothing that waits for a flush is much faster than flushing alone (SQLite's log: up to 1.1, as it
// overwrites).
constexpr double share_of_flushes_max = 1.25;

} // namespace

std::vector<figure> jobs_figures() {
  const auto more = better::more, less = better::less;
  return {
    {"fdatasync", "append 256 B + fdatasync", "1/s", {}, more, "", false},
    {"fdatasync_page", "overwrite 4 KiB + fdatasync", "1/s", {}, more, "fdatasync", false},
    {"redis_1", "Redis LPUSH, 1 client", "jobs/s", {}, more, "fdatasync", false},
    {"redis_32", "Redis LPUSH, 32 clients", "jobs/s", {}, more, "", false},
    {"redis_batch_1", "Redis LPUSH, 1 x 100", "jobs/s", {}, more, "", false},
    {"redis_batch_8", "Redis LPUSH, 8 x 100", "jobs/s", {}, more, "", false},
    {"fdatasync_paired", "the same, in turn with enqueues", "1/s", {}, more, "", false},
    {"enqueue_1", "enqueue, one at a time", "jobs/s", 0.8, more, "fdatasync_paired", true,
     share_of_flushes_max},
    {"enqueue_1_async", "enqueue, 1 in flight, call-backs", "jobs/s", {}, more, "redis_1", false},
    {"enqueue_32", "enqueue, 32 in flight", "jobs/s", 60'000, more, "redis_32", false},
    {"enqueue_batch_1",
     "enqueue, batches of 100, 1 in flight",
     "jobs/s",
     {},
     more,
     "redis_batch_1",
     false},
    {"enqueue_batch_8", "enqueue, batches of 100, 8 in flight", "jobs/s", 200'000, more,
     "redis_batch_8", false},
    {"drain_1", "drain, 1 worker process", "jobs/s", {}, more, "", false},
    {"drain_8", "drain, 8 worker processes", "jobs/s", 100'000, more, "", false},
    {"latency_p50", "enqueue to start at 1,000/s, p50", "ms", 0.5, less, "", false},
    {"latency_p99", "enqueue to start at 1,000/s, p99", "ms", 2, less, "", false},
    {"latency_max", "enqueue to start at 1,000/s, max", "ms", {}, less, "", false},
    {"redispatch_p50", "SIGKILL to start elsewhere, p50", "ms", {}, less, "", false},
    {"redispatch_p99", "SIGKILL to start elsewhere, p99", "ms", 20, less, "", false},
    {"redispatch_max", "SIGKILL to start elsewhere, max", "ms", {}, less, "", false},
    {"memory_empty", "resident, empty queue", "MiB", {}, less, "", false},
    {"memory_500k", "resident, 500,000 jobs", "MiB", {}, less, "", false},
    {"memory_1m", "resident, 1,000,000 jobs", "MiB", {}, less, "", false},
    // The best peer that keeps its jobs on disk, NATS, needs 6.
    {"memory_growth", "growth from 500,000 to 1,000,000 jobs", "B/job", 6, less, "", false},
    {"disk_bytes", "database with its log", "B/job", {}, less, "", false},
  };
}

void run_jobs_benchmark(const jobs_options& options, report& into) {
  auto wanted
    = [&](const char* part) { return options.only.empty() || options.only.contains(part); };
  for (std::size_t i = 1; i <= options.runs; ++i) {
    std::cerr << fmt::format("run {} of {}\n", i, options.runs);
    if (wanted("machine") || wanted("enqueue"))
      measure_machine(options, into);
    if (wanted("enqueue")) {
      if (options.redis)
        measure_redis(options, into);
      measure_enqueue(options, into);
    }
    if (wanted("drain"))
      measure_drain(options, into);
    if (wanted("latency"))
      measure_latency(options, into);
    if (wanted("redispatch"))
      measure_redispatch(options, into);
    if (wanted("memory"))
      measure_memory(options, into);
  }
}

} // namespace troupe::bench
