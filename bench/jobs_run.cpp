// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <thread>
#include <vector>

#include "bench/cluster.hpp"
#include "bench/jobs.hpp"
#include "bench/node_program.hpp"

namespace troupe::bench {

namespace {

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;
using wall_clock = std::chrono::system_clock;

// -- drain ----------------------------------------------------------------------------------------

constexpr std::size_t drained_jobs = 200'000;
constexpr std::uint32_t drain_prefetch = 100;

timestamp first_lease(client& connection) {
  std::vector<job_id> oldest(100);
  std::iota(oldest.begin(), oldest.end(), job_id{1});
  auto jobs = must(connection.get(oldest, false));
  auto first = std::min_element(
    jobs.begin(), jobs.end(), [](const job& x, const job& y) { return x.leased_at < y.leased_at; });
  if (first == jobs.end())
    throw std::runtime_error("the first jobs are gone");
  return first->leased_at;
}

double drain(std::uint32_t workers) {
  cluster fresh{{workers, 1, drain_prefetch}};
  fresh.preload("noop", drained_jobs);
  for (std::uint32_t i = 1; i <= workers; ++i)
    fresh.start_worker(i);
  fresh.await_succeeded("noop", drained_jobs);
  auto end = wall_clock::now();
  seconds taken = end - first_lease(fresh.connection());
  return static_cast<double>(drained_jobs) / taken.count();
}

// -- latency --------------------------------------------------------------------------------------

constexpr auto send_interval = 1ms;
constexpr auto warm_up = 500ms;

/// Sends on time, whatever comes back; returns how many.
std::size_t send_on_time(client& connection, seconds length) {
  prctl(PR_SET_TIMERSLACK, 1UL); // the default of 50 us would be part of the result
  const auto begin = std::chrono::steady_clock::now();
  std::size_t count = 0;
  for (auto due = begin; due - begin < length; due += send_interval, ++count) {
    std::this_thread::sleep_until(due);
    auto payload = std::to_string(due.time_since_epoch().count());
    payload.resize(payload_bytes, ' ');
    connection.enqueue("stamp", {{std::move(payload), {}, {}, {}}},
                       [](const result<jobs_enqueued>& x) {
                         if (!x)
                           throw std::runtime_error("enqueue: " + to_string(x.error()));
                       });
  }
  return count;
}

std::vector<double> read_latencies(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::vector<double> result;
  std::int64_t first = 0, sent = 0, started = 0;
  while (in >> sent >> started) {
    if (first == 0)
      first = sent;
    if (std::chrono::nanoseconds{sent - first} >= warm_up)
      result.push_back(static_cast<double>(started - sent) / 1e6);
  }
  if (result.empty())
    throw std::runtime_error("the worker left no stamps in " + file.string());
  return result;
}

// -- redispatch -----------------------------------------------------------------------------------

constexpr int kills = 20;

struct start {
  std::string node;
  job_id job = 0;
  std::int64_t at_ns = 0;
};

/// Waits for the next start after the first `seen` ones.
start await_start(const std::filesystem::path& file, std::size_t seen) {
  for (int i = 0; i < 100'000; ++i, std::this_thread::sleep_for(200us)) {
    std::ifstream in{file};
    start x;
    std::size_t count = 0;
    while (count <= seen && in >> x.node >> x.job >> x.at_ns)
      ++count;
    if (count > seen)
      return x;
  }
  throw std::runtime_error("a job did not start");
}

/// Two workers, one job: the one that runs it is killed. Returns the milliseconds until the other
/// one starts it.
double kill_holder(cluster& where, std::size_t& seen) {
  where.await_workers(2);
  auto job
    = must(where.connection().enqueue("hold", {{std::string(payload_bytes, 'x'), {}, {}, {}}}));
  auto file = where.directory() / starts_file;
  auto before = await_start(file, seen++);
  // Its start must have been noted, or the job would only be handed over again as never begun.
  std::this_thread::sleep_for(50ms);
  std::uint32_t number = before.node == cluster::worker_name(1) ? 1 : 2;
  auto killed_ns = monotonic_ns();
  where.worker(number).kill();
  auto after = await_start(file, seen++);
  if (after.job != job.first || after.node == before.node)
    throw std::runtime_error("the job did not start on the other node");
  must(where.connection().cancel({job.first}));
  where.start_worker(number);
  return static_cast<double>(after.at_ns - killed_ns) / 1e6;
}

// -- memory ---------------------------------------------------------------------------------------

constexpr double mebibyte = 1024 * 1024;

double resident(const cluster& where) {
  std::this_thread::sleep_for(500ms); // what was freed has been given back
  return static_cast<double>(where.control().resident_bytes());
}

} // namespace

void measure_drain(const jobs_options&, report& into) {
  into.add("drain_1", drain(1));
  into.add("drain_8", drain(8));
}

void measure_latency(const jobs_options& options, report& into) {
  cluster fresh{{1, 2, 8}};
  fresh.start_worker(1);
  fresh.await_workers(1);
  auto sent = send_on_time(fresh.connection(), warm_up + seconds{options.seconds});
  fresh.await_succeeded("stamp", sent);
  fresh.worker(1).stop(30s); // writes its stamps
  auto latencies = read_latencies(stamps_file(fresh.directory(), cluster::worker_name(1)));
  into.add("latency_p50", percentile(latencies, 0.5));
  into.add("latency_p99", percentile(latencies, 0.99));
  into.add("latency_max", percentile(latencies, 1));
}

void measure_redispatch(const jobs_options&, report& into) {
  cluster fresh{{2, 1, 0}};
  fresh.start_worker(1);
  fresh.start_worker(2);
  std::vector<double> taken;
  std::size_t seen = 0;
  for (int i = 0; i < kills; ++i)
    taken.push_back(kill_holder(fresh, seen));
  into.add("redispatch_p50", percentile(taken, 0.5));
  into.add("redispatch_p99", percentile(taken, 0.99));
  into.add("redispatch_max", percentile(taken, 1));
}

void measure_memory(const jobs_options&, report& into) {
  constexpr std::size_t some = 500'000, all = 1'000'000;
  cluster fresh{{}};
  auto empty = resident(fresh);
  fresh.preload("noop", some);
  auto with_some = resident(fresh);
  fresh.preload("noop", all - some);
  auto with_all = resident(fresh);
  into.add("memory_empty", empty / mebibyte);
  into.add("memory_500k", with_some / mebibyte);
  into.add("memory_1m", with_all / mebibyte);
  into.add("memory_growth", (with_all - with_some) / static_cast<double>(all - some));
  into.add("disk_bytes", static_cast<double>(fresh.database_bytes()) / static_cast<double>(all));
}

} // namespace troupe::bench
