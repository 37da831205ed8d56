// SPDX-License-Identifier: Apache-2.0
#include "bench/records.hpp"

#include <fmt/format.h>
#include <iostream>

namespace troupe::bench {

std::vector<figure> records_figures() {
  const auto more = better::more, less = better::less;
  return {
    {"local_1", "cached reads in process, 1,000 in flight", "1/s", {}, more, "", false},
    {"local_100", "cached reads in process, 8 x 100", "1/s", 1'000'000, more, "", false},
    {"remote_32", "cached reads, 32 in flight", "1/s", {}, more, "", false},
    {"remote_1000", "cached reads, 1,000 in flight", "1/s", 100'000, more, "", false},
    {"remote_batch", "cached reads, 8 x 100", "1/s", {}, more, "", false},
    {"mixed_32", "90 % reads, 10 % writes, 32 in flight", "1/s", {}, more, "", false},
    {"create_1", "create, one at a time", "1/s", {}, more, "", false},
    {"create_32", "create, 32 in flight", "1/s", 30'000, more, "", false},
    {"create_256", "create, 256 in flight", "1/s", {}, more, "", false},
    {"update_1", "update, one at a time", "1/s", {}, more, "", false},
    {"update_32", "update, 32 in flight", "1/s", 30'000, more, "", false},
    {"list_p50", "list by index, 20 of many, p50", "ms", {}, less, "", false},
    {"list_p99", "list by index, 20 of many, p99", "ms", {}, less, "", false},
    {"sorted_p50", "list in order of an index, p50", "ms", {}, less, "", false},
    {"sorted_p99", "list in order of an index, p99", "ms", {}, less, "", false},
    {"search_p50", "search for two words, p50", "ms", {}, less, "", false},
    {"search_p99", "search for two words, p99", "ms", {}, less, "", false},
    {"memory_entry", "resident, a cached record", "B", {}, less, "", false},
    {"memory_overhead", "of that beside key and value", "B", 120, less, "", false},
  };
}

void run_records_benchmark(const records_options& options, report& into) {
  const auto wanted
    = [&](const char* part) { return options.only.empty() || options.only.contains(part); };
  for (std::size_t i = 1; i <= options.runs; ++i) {
    std::cerr << fmt::format("run {} of {}\n", i, options.runs);
    if (wanted("local"))
      measure_local_reads(options, into);
    if (wanted("remote"))
      measure_remote_reads(options, into);
    if (wanted("writes"))
      measure_writes(options, into);
    if (wanted("lists"))
      measure_lists(options, into);
  }
}

} // namespace troupe::bench
