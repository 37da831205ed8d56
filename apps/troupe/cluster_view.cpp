// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/cluster_view.hpp"

namespace troupe {

namespace {

constexpr milliseconds interval{500};
constexpr milliseconds answer_timeout{2000};

cluster_snapshot ask(client& cluster) {
  auto nodes = cluster.nodes();
  if (!nodes)
    return {};
  auto queues = cluster.queues();
  auto workers = cluster.workers();
  if (!queues || !workers)
    return {};
  return {true, std::move(*nodes), std::move(*queues), std::move(*workers)};
}

} // namespace

cluster_view::cluster_view(client_options options)
    : options_{std::move(options)},
      thread_{[this](std::stop_token stop) { watch(stop); }} {}

cluster_snapshot cluster_view::latest() const {
  std::lock_guard lock{mutex_};
  return latest_;
}

void cluster_view::watch(const std::stop_token& stop) {
  options_.request_timeout = options_.connect_timeout = answer_timeout;
  std::unique_ptr<client> cluster;
  while (!stop.stop_requested()) {
    if (!cluster)
      if (auto connected = client::connect(options_))
        cluster = std::move(*connected);
    keep(cluster ? ask(*cluster) : cluster_snapshot{});
    std::unique_lock lock{mutex_};
    stopped_.wait_for(lock, stop, interval, [] { return false; });
  }
}

void cluster_view::keep(cluster_snapshot snapshot) {
  std::lock_guard lock{mutex_};
  // What was known last is better than nothing while a node is restarted.
  if (snapshot.answered)
    latest_ = std::move(snapshot);
  else
    latest_.answered = false;
}

} // namespace troupe
