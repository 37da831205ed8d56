// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/request_log.hpp"
#include "messages/cluster.hpp"
#include "messages/metrics.hpp"
#include "messages/ownership.hpp"
#include "messages/requests.hpp"
#include "messages/time.hpp"

namespace troupe {

/// Messages that wait for an actor.
struct mailbox_figure {
  std::string node;
  std::string actor; ///< e.g. "dispatcher", "cache/1"
  std::uint64_t messages = 0;
};

/// A certificate that this node shows to others.
struct certificate_figure {
  std::string file;
  timestamp ends{};
};

/// What is known of the cluster at one moment; what could not be read is empty.
struct cluster_figures {
  std::vector<queue_info> queues;
  std::vector<queue_counts> counts;
  std::vector<worker_info> workers;
  std::vector<cache_described> caches;
  std::vector<node_info> nodes;
  std::optional<commits_counted> commits;
  std::vector<mailbox_figure> mailboxes;        ///< beside those of `caches`
  std::vector<certificate_figure> certificates; ///< of this gateway's node
  const request_log* requests = nullptr;        ///< of this gateway; null: not shown
  std::size_t requests_open = 0;                ///< that wait for an answer here
  std::map<std::string, std::uint64_t> refused; ///< before they were read here, by reason
  std::map<std::string, bool> parts;            ///< who was asked: has it answered?
};

/// The figures in Prometheus' text format, under names after its conventions. What has no value is
/// left out, and never shown as 0.
std::string metrics_text(const cluster_figures& x);

} // namespace troupe
