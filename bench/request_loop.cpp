// SPDX-License-Identifier: Apache-2.0
#include "bench/request_loop.hpp"

#include <stdexcept>
#include <utility>

#include "bench/cluster.hpp"

namespace troupe::bench {

double request_loop::run_for(std::chrono::duration<double> length) {
  until_ = clock::now() + std::chrono::duration_cast<clock::duration>(length);
  wanted_ = 0;
  return run();
}

double request_loop::run_count(std::size_t count) {
  until_ = clock::time_point::max();
  wanted_ = count;
  return run();
}

double request_loop::run() {
  sent_ = done_ = 0;
  open_ = in_flight_;
  const auto begin = clock::now();
  for (std::size_t i = 0; i < in_flight_; ++i)
    send();
  std::unique_lock lock{mutex_};
  all_finished_.wait(lock, [this] { return open_ == 0; });
  if (failure_.code != errc::none)
    throw std::runtime_error("a request failed: " + to_string(failure_));
  const std::chrono::duration<double> taken = clock::now() - begin;
  return static_cast<double>(done_) / taken.count();
}

void request_loop::send() {
  {
    std::lock_guard lock{mutex_};
    sent_ += things_;
  }
  send_([this](const result<void>& outcome) { finished(outcome); });
}

void request_loop::finished(const result<void>& outcome) {
  {
    std::lock_guard lock{mutex_};
    if (outcome)
      done_ += things_;
    else
      failure_ = outcome.error();
    const bool enough = wanted_ > 0 ? sent_ >= wanted_ : clock::now() >= until_;
    if (failure_.code != errc::none || enough) {
      if (--open_ == 0)
        all_finished_.notify_all(); // with the lock: the waiting side destroys this object
      return;
    }
  }
  send();
}

request_loop make_producer(client& connection, const std::string& queue, std::size_t batch,
                           std::size_t in_flight) {
  const std::vector<new_job> jobs(batch, new_job{std::string(payload_bytes, 'x'), {}, {}, {}});
  return {in_flight, batch, [&connection, queue, jobs](const request_loop::answered& answered) {
            connection.enqueue(queue, jobs, [answered](const result<jobs_enqueued>& x) {
              answered(x.map([](const jobs_enqueued&) {}));
            });
          }};
}

} // namespace troupe::bench
