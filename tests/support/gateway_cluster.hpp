// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/http_client.hpp"
#include "tests/support/process_cluster.hpp"

namespace troupe::test {

/// A cluster with a record service and the gateway "gateway", which serves HTTP.
struct gateway_cluster {
  /// Starts all, and waits until the gateway is ready. `more`: TOML for queues, collections and
  /// the gateway's [http].
  explicit gateway_cluster(const std::string& more, std::uint32_t workers = 0);

  /// The answer's status is 0 if there is none.
  http_answer send(const std::string& method, const std::string& path, const std::string& body = {},
                   const std::vector<std::string>& headers = {}) const;

  reserved_port web;
  process_cluster cluster;
};

} // namespace troupe::test
