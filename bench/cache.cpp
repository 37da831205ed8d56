// SPDX-License-Identifier: Apache-2.0
#include "bench/cache.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <list>
#include <random>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include "actors/record_cache.hpp"
#include "bench/cache_traces.hpp"

namespace troupe::bench {

const std::vector<std::string> trace_formats{"arc",    "lirs",         "cache2k",
                                             "scarab", "cloudphysics", "corda"};

namespace {

// Below LRU by more points of hit ratio than this is a failure.
constexpr double points_below_max = 1.5;

constexpr std::size_t id_bytes = 16;
constexpr std::uint64_t epoch = 1;
constexpr record_cache::time_point never_expires{};

std::string id_of(std::uint64_t key) {
  std::string id(id_bytes, '0');
  std::snprintf(id.data(), id.size() + 1, "%016llx", static_cast<unsigned long long>(key));
  return id;
}

record record_of(std::uint64_t key, std::size_t fields_bytes) {
  return {id_of(key), 1, {}, {}, std::string(fields_bytes, 'x')};
}

/// Hits of the record cache, with entries of one size and memory for `entries` of them.
std::size_t record_cache_hits(const key_trace& trace, std::size_t entries) {
  record_cache cache{{record_cache::bytes_for(entries, id_bytes, 2), milliseconds{0}, true}};
  for (const auto key : trace)
    if (auto value = record_of(key, 2); !cache.get(value.id, epoch, never_expires))
      cache.put(value, 1, 0, epoch, never_expires);
  return cache.hits();
}

std::size_t lru_hits(const key_trace& trace, std::size_t entries) {
  std::list<std::uint64_t> order; // the least recently used last
  std::unordered_map<std::uint64_t, std::list<std::uint64_t>::iterator> places;
  std::size_t hits = 0;
  for (const auto key : trace) {
    if (const auto found = places.find(key); found != places.end()) {
      ++hits;
      order.splice(order.begin(), order, found->second);
      continue;
    }
    if (places.size() == entries) {
      places.erase(order.back());
      order.pop_back();
    }
    order.push_front(key);
    places[key] = order.begin();
  }
  return hits;
}

/// Prints both hit ratios; false if the difference is too bad.
bool compare(const std::string& name, const key_trace& trace, std::size_t entries) {
  const auto percent = [&trace](std::size_t hits) {
    return 100.0 * static_cast<double>(hits) / static_cast<double>(trace.size());
  };
  const auto ours = percent(record_cache_hits(trace, entries));
  const auto lru = percent(lru_hits(trace, entries));
  const auto good = ours - lru >= -points_below_max;
  std::printf("%-24s %9zu entries   S3-FIFO %6.2f %%   LRU %6.2f %%   %+6.2f points%s\n",
              name.c_str(), entries, ours, lru, ours - lru, good ? "" : "   MISSED");
  std::fflush(stdout);
  return good;
}

bool compare_generated() {
  constexpr std::size_t keys = 100'000, requests = 2'000'000, loop_keys = 10'000;
  const std::vector<std::pair<std::string, key_trace>> popular{
    {"zipf 0.8", zipf_trace(keys, 0.8, requests, 1)},
    {"zipf 1.0", zipf_trace(keys, 1.0, requests, 2)},
    {"zipf 0.8 and scans", scanned_trace(keys, 0.8, requests, 4, 3)},
    {"zipf 1.0 and scans", scanned_trace(keys, 1.0, requests, 4, 4)},
  };
  auto good = true;
  for (const auto& [name, trace] : popular)
    for (const std::size_t entries : {500U, 1000U, 5000U, 20'000U, 50'000U})
      good = compare(name, trace, entries) && good;
  const auto loop = loop_trace(loop_keys, requests);
  for (const std::size_t entries : {1000U, 5000U, 9000U, 11'000U})
    good = compare("loop of 10000", loop, entries) && good;
  return good;
}

bool compare_trace(const cache_bench_options& options) {
  const auto trace = read_trace(options.trace, options.format);
  auto sizes = options.sizes;
  const auto keys = std::set<std::uint64_t>{trace.begin(), trace.end()}.size();
  std::printf("%s: %zu requests for %zu keys\n", options.trace.filename().c_str(), trace.size(),
              keys);
  if (sizes.empty())
    for (const std::size_t share : {1000U, 100U, 20U, 10U, 5U})
      if (keys / share >= 100)
        sizes.push_back(keys / share);
  auto good = true;
  for (const auto entries : sizes)
    good = compare(options.trace.stem().string(), trace, entries) && good;
  return good;
}

// -- what an entry costs --------------------------------------------------------------------------

/// Memory of this process that is in use, by what the kernel says.
std::size_t resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  std::size_t all = 0, resident = 0;
  if (!(in >> all >> resident))
    throw std::runtime_error{"cannot read /proc/self/statm"};
  return resident * 4096;
}

void print_overhead(const char* when, const record_cache& cache, std::size_t resident,
                    std::size_t fields_bytes) {
  const auto data = id_bytes + fields_bytes;
  const auto each = [&](std::size_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(cache.entries())
           - static_cast<double>(data);
  };
  std::printf("%-24s %9zu entries of %zu + %zu bytes: overhead %.1f bytes each resident, %.1f "
              "counted\n",
              when, cache.entries(), id_bytes, fields_bytes, each(resident), each(cache.bytes()));
}

void measure_costs() {
  using clock = std::chrono::steady_clock;
  constexpr std::size_t entries = 1'000'000, fields_bytes = 200, reads = 5'000'000;
  const auto before = resident_bytes();
  record_cache cache{
    {record_cache::bytes_for(entries, id_bytes, fields_bytes), milliseconds{0}, true}};
  for (std::uint64_t key = 0; key < entries; ++key)
    cache.put(record_of(key, fields_bytes), 1, 0, epoch, never_expires);
  print_overhead("filled", cache, resident_bytes() - before, fields_bytes);

  std::mt19937_64 random{5};
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < 65'536; ++i)
    ids.push_back(id_of(random() % entries));
  std::size_t found = 0;
  const auto begin = clock::now();
  for (std::size_t i = 0; i < reads; ++i)
    found += cache.get(ids[i % ids.size()], epoch, never_expires).has_value();
  const std::chrono::duration<double, std::nano> taken = clock::now() - begin;
  std::printf("%-24s %9zu hits: %.0f ns each\n", "read", found,
              taken.count() / static_cast<double>(reads));

  for (std::uint64_t key = entries; key < 3 * entries; ++key)
    cache.put(record_of(key, fields_bytes), 1, 0, epoch, never_expires);
  print_overhead("after as many evictions", cache, resident_bytes() - before, fields_bytes);
}

} // namespace

bool run_cache_benchmark(const cache_bench_options& options) {
  measure_costs(); // first, while the process has no other memory to use again
  const auto good = compare_generated();
  return options.trace.empty() ? good : compare_trace(options) && good;
}

} // namespace troupe::bench
