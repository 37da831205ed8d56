// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

#include "node/config.hpp"
#include "node/settings_reader.hpp"

/// The part of a configuration that declares collections of records.
namespace troupe {

/// Reads `[collections.NAME]`. A `schema_file` is looked for in `folder`, unless it is absolute.
collection_settings read_collection(std::string name, settings_reader reader,
                                    const std::filesystem::path& folder,
                                    settings_problems& problems);

/// Adds a problem for everything that is wrong with a collection, or does not fit to the queues and
/// nodes.
void check_collections(const cluster_config& config, settings_problems& problems);

/// Indexes what the nodes search by on their own: the age of records that do not stay for ever.
void add_own_indexes(cluster_config& config);

} // namespace troupe
