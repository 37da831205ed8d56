// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/submission.hpp"

#include <algorithm>
#include <memory>

#include "messages/limits.hpp"

namespace troupe {

namespace {

constexpr std::size_t batch_jobs = 1000;
// Below the limit of a message, because the queue's name, the options and the tags need room too.
constexpr std::size_t batch_bytes = limits::batch_bytes_max / 2;
constexpr std::size_t under_way_max = 8;
constexpr std::uint32_t tries_max = 20;
constexpr milliseconds pause_max{1000};

} // namespace

submission::submission(enqueue_function enqueue, new_job pattern)
    : enqueue_{std::move(enqueue)},
      pattern_{std::move(pattern)} {}

void submission::run(payload_source& source, const std::function<void(std::uint64_t)>& progress) {
  std::unique_lock lock{mutex_};
  auto ended = false;
  while (!ended || under_way_ != 0 || !again_.empty()) {
    progress(stored_);
    if (problem_) {
      ended = true;
      again_.clear();
    }
    if (!again_.empty() && under_way_ < under_way_max) {
      auto next = std::move(again_.front());
      again_.pop_front();
      auto pause = std::min(pause_max, milliseconds{50} * next.tries);
      changed_.wait_for(lock, pause, [this] { return problem_.has_value(); });
      if (problem_)
        continue;
      ++under_way_;
      lock.unlock();
      send(std::move(next));
      lock.lock();
    } else if (!ended && under_way_ < under_way_max) {
      lock.unlock();
      auto next = next_batch(source);
      lock.lock();
      ended = !next;
      if (!next)
        continue;
      ++under_way_;
      lock.unlock();
      send(std::move(*next));
      lock.lock();
    } else {
      changed_.wait_for(lock, milliseconds{100});
    }
  }
  progress(stored_);
}

std::vector<job_id> submission::ids() const {
  std::lock_guard lock{mutex_};
  std::vector<job_id> result;
  result.reserve(stored_);
  for (auto& [number, answer] : answers_)
    for (std::uint32_t i = 0; i < answer.count; ++i)
      result.push_back(answer.first + i);
  return result;
}

new_job submission::job_of(std::string payload) const {
  auto job = pattern_;
  job.payload = std::move(payload);
  return job;
}

std::optional<submission::batch> submission::next_batch(payload_source& source) {
  batch result{batches_, {}, 0};
  std::size_t bytes = 0;
  auto add = [&](new_job job) {
    bytes += job.payload.size();
    result.jobs.push_back(std::move(job));
  };
  if (left_over_)
    add(*std::exchange(left_over_, std::nullopt));
  while (result.jobs.size() < batch_jobs) {
    auto payload = source.next();
    if (!payload)
      break;
    if (!result.jobs.empty() && bytes + payload->size() > batch_bytes) {
      left_over_ = job_of(std::move(*payload));
      break;
    }
    add(job_of(std::move(*payload)));
  }
  if (result.jobs.empty())
    return std::nullopt;
  ++batches_;
  return result;
}

void submission::send(batch next) {
  auto sent = std::make_shared<batch>(std::move(next));
  enqueue_(sent->jobs, [this, sent](result<jobs_enqueued> answer) {
    take(std::move(*sent), std::move(answer));
  });
}

void submission::take(batch sent, result<jobs_enqueued> answer) {
  std::lock_guard lock{mutex_};
  --under_way_;
  if (answer) {
    answers_[sent.number] = *answer;
    stored_ += answer->count;
  } else if (answer.error().code == errc::overloaded && ++sent.tries < tries_max) {
    again_.push_back(std::move(sent));
  } else if (!problem_) {
    problem_ = answer.error();
  }
  // Under the lock: the object may be gone as soon as it is free.
  changed_.notify_all();
}

} // namespace troupe
