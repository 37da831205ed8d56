#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "node/client.hpp"

namespace troupe::bench {

/// A producer that keeps a number of requests in flight: each answer is followed by the next one.
class closed_loop {
public:
  closed_loop(client& connection, std::string queue, std::size_t batch, std::size_t in_flight);

  /// Acknowledged jobs a second, over about `length`.
  double run_for(std::chrono::duration<double> length);

  /// Stores at least so many jobs; returns how many a second.
  double run_jobs(std::size_t count);

private:
  using clock = std::chrono::steady_clock;

  double run();
  void send();
  void answered(const result<jobs_enqueued>& answer);

  client& connection_;
  std::string queue_;
  std::vector<new_job> jobs_;
  std::size_t in_flight_;
  clock::time_point until_ = clock::time_point::max();
  std::size_t wanted_ = 0; ///< 0: as many as the time allows

  std::mutex mutex_; // of what follows: answers come on threads of the client's
  std::condition_variable all_answered_;
  std::size_t acknowledged_ = 0;
  std::size_t sent_ = 0;
  std::size_t open_ = 0;
  error failure_;
};

} // namespace troupe::bench
