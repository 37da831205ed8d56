// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>

#include "node/client.hpp"

namespace troupe::bench {

/// A caller that keeps a number of requests in flight: each answer is followed by the next one.
class request_loop {
public:
  /// Called once for each request, from any thread.
  using answered = std::function<void(const result<void>&)>;

  /// `send` makes one request for `things`; it is called from several threads.
  request_loop(std::size_t in_flight, std::size_t things, std::function<void(answered)> send)
      : in_flight_{in_flight},
        things_{things},
        send_{std::move(send)} {}

  /// Things done a second, over about `length`. An exception when a request fails.
  double run_for(std::chrono::duration<double> length);

  /// Does at least so many things; returns how many a second.
  double run_count(std::size_t count);

private:
  using clock = std::chrono::steady_clock;

  double run();
  void send();
  void finished(const result<void>& outcome);

  std::size_t in_flight_;
  std::size_t things_;
  std::function<void(answered)> send_;
  clock::time_point until_ = clock::time_point::max();
  std::size_t wanted_ = 0; ///< 0: as many as the time allows

  std::mutex mutex_; // of what follows
  std::condition_variable all_finished_;
  std::size_t sent_ = 0;
  std::size_t done_ = 0;
  std::size_t open_ = 0;
  error failure_;
};

/// A producer of jobs with the usual payload.
request_loop make_producer(client& connection, const std::string& queue, std::size_t batch,
                           std::size_t in_flight);

} // namespace troupe::bench
