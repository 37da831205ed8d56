// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "bench/figures.hpp"

namespace troupe::bench {

struct jobs_options {
  double seconds = 2;         ///< of each timed case
  std::size_t runs = 3;       ///< of everything
  std::set<std::string> only; ///< of `jobs_parts`; empty: all
  bool redis = false;         ///< measure Redis beside it
};

/// What can be measured alone.
inline const std::vector<std::string> jobs_parts{"machine", "enqueue",    "drain",
                                                 "latency", "redispatch", "memory"};

/// Everything that is measured of the job pool, with the goals.
std::vector<figure> jobs_figures();

/// Measures the job pool with real processes on loopback. All parts once, then all parts again, so
/// that what the machine does meanwhile hits each of them.
void run_jobs_benchmark(const jobs_options& options, report& into);

// -- the parts; each measures once ----------------------------------------------------------------

/// How often the disk under the scratch directory can be flushed.
void measure_machine(const jobs_options& options, report& into);
void measure_enqueue(const jobs_options& options, report& into);
void measure_drain(const jobs_options& options, report& into);
void measure_latency(const jobs_options& options, report& into);
void measure_redispatch(const jobs_options& options, report& into);
void measure_memory(const jobs_options& options, report& into);
/// Redis with a flush at each write, by its own benchmark program.
void measure_redis(const jobs_options& options, report& into);

} // namespace troupe::bench
