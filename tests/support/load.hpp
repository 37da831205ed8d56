// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "messages/job.hpp"
#include "messages/time.hpp"

namespace troupe {
class client;
}

namespace troupe::test {

/// Jobs that a load may store.
struct load_jobs {
  std::string queue;
  std::string payload;
};

/// Threads that store jobs, one request after another, through connections of their own, and keep
/// the ids that were acknowledged. Refusals and outages do not stop them.
class load {
public:
  /// Each of `threads` stores up to `batch_max` of one of `kinds` at a time.
  load(const std::string& address, std::size_t threads, std::vector<load_jobs> kinds,
       std::uint32_t batch_max, std::uint64_t seed = 1, milliseconds pause = milliseconds{1});
  ~load();
  load(const load&) = delete;
  load& operator=(const load&) = delete;

  std::size_t acknowledged() const;

  /// Requests that were not acknowledged.
  std::size_t failed() const;

  /// Ends the threads. The ids of all acknowledged jobs, sorted.
  std::vector<job_id> stop();

  /// Those so far.
  std::vector<job_id> ids() const;

private:
  void work(const std::stop_token& stop, client& connection, std::uint64_t seed);

  std::vector<load_jobs> kinds_;
  std::uint32_t batch_max_;
  milliseconds pause_;
  mutable std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::vector<job_id> ids_;
  std::size_t failed_ = 0;
  std::vector<std::unique_ptr<client>> connections_;
  std::vector<std::jthread> threads_;
};

} // namespace troupe::test
