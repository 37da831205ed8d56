#pragma once
#include <string>

#include "node/config.hpp"
#include "node/settings_reader.hpp"

/// What must hold between the settings of a configuration, beyond each for itself.
namespace troupe {

/// Adds a problem for everything that does not fit together.
void check_config(const cluster_config& config, settings_problems& problems);

/// Declares the dead-letter queues that queues name and the file does not.
void add_dead_letter_queues(cluster_config& config);

/// "host:port", or "[v6]:port".
std::string format_endpoint(const endpoint& x);

} // namespace troupe
