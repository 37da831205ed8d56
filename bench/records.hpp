// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "bench/figures.hpp"

namespace troupe::bench {

struct records_options {
  double seconds = 2;              ///< of each timed case
  std::size_t runs = 3;            ///< of everything
  std::size_t records = 1'000'000; ///< in the collection that is listed and searched
  std::set<std::string> only;      ///< of `records_parts`; empty: all
};

/// What can be measured alone.
inline const std::vector<std::string> records_parts{"local", "remote", "writes", "lists"};

/// Everything that is measured of records, with the goals.
std::vector<figure> records_figures();

/// Measures reads, writes, lists and memory of records; docs/benchmarks.md says how.
void run_records_benchmark(const records_options& options, report& into);

// -- the parts; each measures once ----------------------------------------------------------------

/// Cached reads by an actor in the process that owns the records.
void measure_local_reads(const records_options& options, report& into);
/// Cached reads, and reads mixed with writes, from another process.
void measure_remote_reads(const records_options& options, report& into);
void measure_writes(const records_options& options, report& into);
/// Lists and searches, and the memory of cached entries, with many records.
void measure_lists(const records_options& options, report& into);

} // namespace troupe::bench
