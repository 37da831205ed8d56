// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <filesystem>
#include <vector>

#include "gateway/doorkeeper.hpp"
#include "gateway/gateway_state.hpp"

namespace troupe {

/// What a gateway keeps to check its callers.
struct gateway_access {
  explicit gateway_access(const access_options& options) : keeper{options} {}

  /// A call whose token is unknown yet, and its route.
  struct waiting_call {
    http_call call;
    std::size_t route = 0;
  };

  doorkeeper keeper;
  repository_actor repository;        ///< null: not known now
  bool reading = false;               ///< tokens are being read
  std::vector<waiting_call> waiting;  ///< for the read that is under way
  std::vector<waiting_call> arriving; ///< for the next one: that one may have been too early
  std::array<std::filesystem::file_time_type, 2> files{}; ///< of TLS, when they were read
  /// Lines in the log for what was refused to tokens: nobody is to fill it with them.
  token_bucket refused_lines{1, 100, {}};
};

} // namespace troupe
