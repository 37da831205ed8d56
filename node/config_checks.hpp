// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "node/config.hpp"
#include "node/settings_reader.hpp"

/// What must hold between the settings of a configuration, beyond each for itself.
namespace troupe {

/// Adds a problem for everything that does not fit together.
void check_config(const cluster_config& config, settings_problems& problems);

/// Declares what other settings imply and the file does not: dead-letter queues, and indexes that
/// the nodes need themselves. Harmless to repeat.
void add_implied_settings(cluster_config& config);

/// For texts of problems: the names of all settings of a kind.
template <class Settings>
std::string declared_names(const std::vector<Settings>& all) {
  std::vector<std::string> names;
  for (auto& x : all)
    names.push_back(x.name);
  return names.empty() ? "none is declared" : "declared are " + join(names);
}

/// "host:port", or "[v6]:port".
std::string format_endpoint(const endpoint& x);

} // namespace troupe
