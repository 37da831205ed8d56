#pragma once
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "messages/cluster.hpp"
#include "messages/errors.hpp"
#include "messages/requests.hpp"
#include "node/config.hpp"

/// What `--json` prints. Keys keep their order. Job ids and epochs are texts, because they are
/// larger than the whole numbers that many JSON readers keep exactly. Durations are milliseconds,
/// their keys end in "_ms"; times are ISO 8601 in UTC, or null.
namespace troupe {

using json = nlohmann::ordered_json;

/// With payload, result and history when `details`.
json json_of(const job& x, bool details);
json json_of(const queue_info& x);
json json_of(const worker_info& x);
json json_of(const node_info& x);
json json_of(const error& x);
json json_of(const cluster_config& x);
json json_of_ids(const std::vector<job_id>& ids);

/// Adds bytes that may be no text: as `key` when they are UTF-8, else as `key` + "_base64".
void add_bytes(json& object, std::string_view key, std::string_view bytes);

/// The document as one line.
std::string to_line(const json& document);

} // namespace troupe
