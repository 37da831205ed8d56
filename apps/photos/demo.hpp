// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace photos {

struct demo_options {
  std::filesystem::path config;   ///< of the cluster
  std::filesystem::path pictures; ///< a folder
  std::filesystem::path output;   ///< a folder; what it holds already is left alone
  std::filesystem::path data;     ///< a new folder for the cluster's database and log
  std::filesystem::path launcher; ///< the program `troupe`
  std::filesystem::path program;  ///< this program, as the nodes run it
  std::filesystem::path json;     ///< gets the figures; empty: none
  std::vector<int> sizes;
  std::size_t jobs_min = 0;
};

/// Makes thumbnails on a cluster of its own, kills the busiest worker in the middle and tells what
/// happens. The exit status: 0 when every job succeeded and every file is there, 130 after Ctrl-C.
int run_demo(const demo_options& options);

} // namespace photos
