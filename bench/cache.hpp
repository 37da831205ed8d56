// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace troupe::bench {

struct cache_bench_options {
  std::filesystem::path trace;    ///< empty: only what is generated
  std::string format = "arc";     ///< one of `trace_formats`
  std::vector<std::size_t> sizes; ///< entries; empty: shares of the trace's keys
};

/// Names of the formats that a trace may have; see `read_trace`.
extern const std::vector<std::string> trace_formats;

/// Replays workloads against the record cache and against plain LRU, and measures what an entry
/// costs. Prints one line a case. False if the record cache is further below LRU than it may be.
bool run_cache_benchmark(const cache_bench_options& options);

} // namespace troupe::bench
