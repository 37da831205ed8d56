// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "gateway/http.hpp"
#include "gateway/job_json.hpp"
#include "gateway/permission.hpp"
#include "messages/record_storage.hpp"

/// The OpenAPI 3.1 document: made of the routes and of the collections that there are just now.
namespace troupe {

/// What a route is for, in the words of the document. Lists are names that are separated by spaces;
/// gateway/openapi_components.cpp says what is behind them.
struct route_text {
  std::string_view group;      ///< "jobs"
  std::string_view name;       ///< of the operation: "enqueue_jobs"; unique
  std::string_view summary;    ///< one sentence
  std::string_view parameters; ///< beside those of the path: "filter sort"
  std::string_view body;       ///< what it takes: "new_jobs"; empty: nothing
  std::string_view answers;    ///< by status: "200:record 304:not_modified"
  std::string_view refusals;   ///< statuses of its problems, beside those that all routes have
};

struct described_route {
  http_method method;
  std::string_view pattern;
  permission needs; ///< of its caller
  route_text text;
};

/// Parts that several operations share: "parameters", "bodies", "answers" and "schemas", each an
/// object by name. What speaks of `record` is said once more for every collection.
const json& openapi_components();

/// The document. Routes of records appear once a collection, with its schema; if there are none,
/// once for any. `tokens`: who calls needs one.
json openapi_document(std::span<const described_route> routes,
                      const std::vector<stored_collection>& collections, bool tokens);

} // namespace troupe
