// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "messages/record_storage.hpp"

namespace troupe {

/// What the configuration says about a collection. The defaults here are the defaults there.
struct collection_settings {
  std::string name;
  std::string schema; ///< JSON Schema as text; empty: any JSON object
  std::vector<std::string> indexes;
  std::vector<std::string> search;
  record_hooks hooks;
  bool require_condition = false;             ///< replacing, patching and removing need a condition
  std::uint64_t record_max = 64 * 1024;       ///< bytes of JSON, up to `limits::record_bytes_max`
  std::uint64_t cache_max = 64 * 1024 * 1024; ///< bytes of memory on each service node; 0: none
  milliseconds cache_ttl{0};                  ///< 0: what is cached stays until it is evicted
  milliseconds ttl{0};                        ///< records are removed so long after their last
                                              ///< change; 0: never
  milliseconds feed_retention{7LL * 24 * 60 * 60 * 1000}; ///< changes stay readable this long

  /// The storage engine's part.
  collection_declaration declaration() const { return {name, indexes, search, schema, hooks}; }
};

} // namespace troupe
