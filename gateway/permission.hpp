// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/errors.hpp"

namespace troupe {

/// What a route needs of its caller's token, where tokens are needed.
enum class permission : std::uint8_t {
  open,          ///< nothing, not even a token
  any,           ///< a token that is valid, whatever its scopes
  records_read,  ///< of a collection
  records_write, ///< of a collection
  jobs_read,     ///< jobs of a queue, the queue and what happens to them
  jobs_enqueue,  ///< into a queue
  jobs_work,     ///< take jobs of a queue, and finish them
  jobs_change,   ///< cancel and retry
  cluster_read,  ///< nodes, workers, collections, caches, figures
  admin,         ///< all of these, and what changes queues and nodes
};

/// A token's scopes are texts: "jobs:read", or with a collection or queue, or "*" for all of them:
/// "records:read:photos", "jobs:enqueue:*". "jobs:read" alone is "jobs:read:*". "admin" stands for
/// everything.
///
/// Refuses (`invalid_argument`) what is no scope; the text says what would be one.
result<void> check_scope(std::string_view scope);

/// Whether the scopes are enough. `target`: the collection or queue; empty: that the permission
/// covers one at all is enough.
bool grants(const std::vector<std::string>& scopes, permission wanted, std::string_view target);

/// The collections or queues that the scopes cover; nothing: all of them.
std::optional<std::vector<std::string>> targets_of(const std::vector<std::string>& scopes,
                                                   permission wanted);

/// The smallest scope that is enough: "records:read:photos".
std::string scope_of(permission wanted, std::string_view target);

} // namespace troupe
