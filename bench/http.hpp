// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "bench/figures.hpp"

namespace troupe::bench {

struct http_options {
  double seconds = 4;         ///< of each case and server, rounded up to whole ones
  std::size_t runs = 3;       ///< of everything
  std::set<std::string> only; ///< of `http_parts`; empty: all
  std::string program;        ///< the program `troupe`; empty: the one beside this program
  std::string node_service = "../shared/bench/peers/node/crud.mjs"; ///< of the peers' kit
};

/// What can be measured alone.
inline const std::vector<std::string> http_parts{"get", "not_modified", "create",       "update",
                                                 "mix", "enqueue",      "enqueue_batch"};

/// Everything that is measured over HTTP, with the goals.
std::vector<figure> http_figures();

/// Measures Troupe, and beside it nginx and the Node service if they are installed, with wrk.
/// docs/benchmarks.md says how. Throws when a request fails, and when it is interrupted; ends its
/// servers and removes their files first.
void run_http_benchmark(const http_options& options, report& into);

} // namespace troupe::bench
