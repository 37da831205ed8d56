#include "bench/closed_loop.hpp"

#include <stdexcept>
#include <utility>

#include "bench/cluster.hpp"

namespace troupe::bench {

closed_loop::closed_loop(client& connection, std::string queue, std::size_t batch,
                         std::size_t in_flight)
    : connection_{connection},
      queue_{std::move(queue)},
      jobs_(batch, new_job{std::string(payload_bytes, 'x'), {}}),
      in_flight_{in_flight} {}

double closed_loop::run_for(std::chrono::duration<double> length) {
  until_ = clock::now() + std::chrono::duration_cast<clock::duration>(length);
  wanted_ = 0;
  return run();
}

double closed_loop::run_jobs(std::size_t count) {
  until_ = clock::time_point::max();
  wanted_ = count;
  return run();
}

double closed_loop::run() {
  acknowledged_ = sent_ = 0;
  open_ = in_flight_;
  auto begin = clock::now();
  for (std::size_t i = 0; i < in_flight_; ++i)
    send();
  std::unique_lock lock{mutex_};
  all_answered_.wait(lock, [this] { return open_ == 0; });
  if (failure_.code != errc::none)
    throw std::runtime_error("enqueue: " + to_string(failure_));
  std::chrono::duration<double> taken = clock::now() - begin;
  return static_cast<double>(acknowledged_) / taken.count();
}

void closed_loop::send() {
  {
    std::lock_guard lock{mutex_};
    sent_ += jobs_.size();
  }
  connection_.enqueue(queue_, jobs_,
                      [this](const result<jobs_enqueued>& answer) { answered(answer); });
}

void closed_loop::answered(const result<jobs_enqueued>& answer) {
  {
    std::lock_guard lock{mutex_};
    if (answer)
      acknowledged_ += answer->count;
    else
      failure_ = answer.error();
    auto enough = wanted_ > 0 ? sent_ >= wanted_ : clock::now() >= until_;
    if (!answer || enough) {
      if (--open_ == 0)
        all_answered_.notify_all(); // with the lock: the waiting side destroys this object
      return;
    }
  }
  send();
}

} // namespace troupe::bench
