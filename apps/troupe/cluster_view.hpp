// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "messages/cluster.hpp"
#include "messages/requests.hpp"
#include "messages/time.hpp"
#include "node/client.hpp"

namespace troupe {

struct cluster_snapshot {
  bool answered = false; ///< the last time it was asked
  std::vector<node_info> nodes;
  std::vector<queue_info> queues;
  std::vector<worker_info> workers;
};

/// What a cluster says of itself, asked again and again on a thread of its own, so that a cluster
/// that does not answer holds up nobody.
class cluster_view {
public:
  /// `options`: how to connect; time-outs are the view's own.
  explicit cluster_view(client_options options);

  cluster_snapshot latest() const;

private:
  void watch(const std::stop_token& stop);
  void keep(cluster_snapshot snapshot);

  client_options options_;
  mutable std::mutex mutex_;
  std::condition_variable_any stopped_;
  cluster_snapshot latest_;
  std::jthread thread_; // last: it uses what is above
};

} // namespace troupe
