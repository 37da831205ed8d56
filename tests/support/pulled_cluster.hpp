// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/process_cluster.hpp"

namespace troupe::test {

struct http_reply {
  int status = 0;      ///< 0: there was no answer
  nlohmann::json body; ///< null: none
  std::string link;    ///< of a list
};

/// A cluster with two gateways, whose queue "open" has no handler: its jobs are for pull workers.
/// Each function that asks for something fails the test if it is not done.
class pulled_cluster {
public:
  /// `more`: TOML for other tables.
  explicit pulled_cluster(cluster_plan plan = plan_of(milliseconds{1500}),
                          const std::string& more = {});

  /// One worker, and leases that end soon.
  static cluster_plan plan_of(milliseconds lease_timeout);

  // -- any request; `headers` beside Content-Type
  http_reply call(const std::string& method, const std::string& path, const nlohmann::json& body,
                  const reserved_port& port, std::vector<std::string> headers = {}) const;
  http_reply post(const std::string& path, const nlohmann::json& body = nullptr,
                  std::vector<std::string> headers = {}) const;
  http_reply get(const std::string& path) const;

  // -- jobs
  std::string enqueue(const std::string& payload, const std::string& queue = "open") const;
  std::string enqueue(const nlohmann::json& job, const std::string& queue,
                      std::vector<std::string> headers) const;
  nlohmann::json job(const std::string& id) const;
  /// The job as it is when it is final, or 30 s later.
  nlohmann::json result(const std::string& id) const;
  nlohmann::json queue(const std::string& name) const;

  // -- pull workers
  /// Leases one job, which must be there within 10 s.
  nlohmann::json lease(const std::string& worker) const;
  http_reply end(const nlohmann::json& job, const std::string& verb, nlohmann::json body) const;
  http_reply beat(const std::string& worker, const nlohmann::json& job) const;
  /// Whether the dispatcher knows this pull worker.
  bool knows(const std::string& worker) const;

  reserved_port first, second;
  process_cluster cluster;
};

} // namespace troupe::test
