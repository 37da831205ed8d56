// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "messages/time.hpp"

/// What actors count for those who watch the cluster. All counters grow from 0 since the actor that
/// counts has started.
namespace troupe {

/// Upper bounds of the buckets of durations.
inline constexpr std::array<std::chrono::microseconds, 17> duration_bounds{
  std::chrono::microseconds{1'000},        std::chrono::microseconds{2'500},
  std::chrono::microseconds{5'000},        std::chrono::microseconds{10'000},
  std::chrono::microseconds{25'000},       std::chrono::microseconds{50'000},
  std::chrono::microseconds{100'000},      std::chrono::microseconds{250'000},
  std::chrono::microseconds{500'000},      std::chrono::microseconds{1'000'000},
  std::chrono::microseconds{2'500'000},    std::chrono::microseconds{5'000'000},
  std::chrono::microseconds{10'000'000},   std::chrono::microseconds{30'000'000},
  std::chrono::microseconds{60'000'000},   std::chrono::microseconds{300'000'000},
  std::chrono::microseconds{1'800'000'000}};

/// Upper bounds of the buckets of numbers of things.
inline constexpr std::array<std::uint64_t, 13> number_bounds{1,   2,   4,   8,    16,   32,  64,
                                                             128, 256, 512, 1024, 2048, 4096};

/// How values are spread.
struct histogram {
  std::vector<std::uint64_t> counts; ///< by bucket; the last one is for what is above all bounds
  std::uint64_t sum = 0;             ///< of durations in microseconds

  bool operator==(const histogram&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, histogram& x) {
  return f(x.counts, x.sum);
}

/// Puts a value into its bucket.
void add(histogram& x, std::chrono::microseconds value);
void add(histogram& x, std::uint64_t value);

/// To a dispatcher: what has happened to the jobs of each queue?
struct count_queues {
  bool operator==(const count_queues&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, count_queues&) {
  return f();
}

struct queue_counts {
  std::string queue;
  std::uint64_t enqueued = 0;
  std::vector<std::uint64_t> events; ///< by `job_event_kind`, from 1; [0] is not used
  histogram start_latency;           ///< from being due until a worker was given it
  histogram run_time;                ///< from a handler's start until its outcome was durable

  bool operator==(const queue_counts&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, queue_counts& x) {
  return f(x.queue, x.enqueued, x.events, x.start_latency, x.run_time);
}

struct queues_counted {
  std::vector<queue_counts> queues;
  std::uint64_t mailbox = 0; ///< messages that wait for this dispatcher

  bool operator==(const queues_counted&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, queues_counted& x) {
  return f(x.queues, x.mailbox);
}

/// To a repository: what has it committed?
struct count_commits {
  bool operator==(const count_commits&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, count_commits&) {
  return f();
}

struct commits_counted {
  std::uint64_t failures = 0; ///< groups of which at least a part could not be stored
  histogram operations;       ///< requests that shared a commit
  histogram durations;        ///< of commits
  std::uint64_t mailbox = 0;  ///< messages that wait for this repository

  bool operator==(const commits_counted&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, commits_counted& x) {
  return f(x.failures, x.operations, x.durations, x.mailbox);
}

} // namespace troupe
