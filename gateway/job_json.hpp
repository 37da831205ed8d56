// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "messages/cluster.hpp"
#include "messages/errors.hpp"
#include "messages/requests.hpp"

/// Jobs, queues, workers and nodes as JSON: the same over HTTP and on the command line. Ids are
/// texts, because 64 bits do not fit into a JavaScript number; times are RFC 3339 in UTC with
/// microseconds, as those of records.
namespace troupe {

using json = nlohmann::ordered_json;

/// `details`: with payload, result and history. A payload or result that is a JSON object or array
/// comes as such, anything else as `add_bytes` has it: a text is always what the bytes are.
json json_of(const job& x, bool details);
json json_of(const queue_info& x);
json json_of(const worker_info& x);
json json_of(const node_info& x);
json json_of(const error& x);

/// Null for 1970, which stands for never.
json time_or_null(timestamp x);

/// Adds bytes as a text under `key`, or, if they are no UTF-8, in base64 under `key` + "_base64".
void add_bytes(json& object, std::string_view key, std::string_view bytes);

/// One line; what is no UTF-8 is replaced.
std::string to_line(const json& document);

} // namespace troupe
