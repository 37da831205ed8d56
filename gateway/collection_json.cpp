// SPDX-License-Identifier: Apache-2.0
#include "gateway/collection_json.hpp"

namespace troupe {

namespace {

json json_of(const cache_usage& x) {
  return {{"collection", x.collection}, {"entries", x.entries},    {"bytes", x.bytes},
          {"bytes_max", x.bytes_max},   {"hits", x.hits},          {"misses", x.misses},
          {"coalesced", x.coalesced},   {"evictions", x.evictions}};
}

json json_of(const hot_key& x) {
  return {{"collection", x.collection}, {"id", x.id}, {"reads", x.reads}};
}

json queue_or_null(const std::string& queue) {
  return queue.empty() ? json(nullptr) : json(queue);
}

} // namespace

json json_of(const stored_collection& x) {
  const auto& declared = x.declaration;
  auto schema = json::parse(declared.schema, nullptr, false);
  return {{"name", declared.name},
          {"records", x.records},
          {"sequence", x.sequence},
          {"oldest_change", x.oldest_change},
          {"indexes", declared.indexes},
          {"search", declared.search},
          {"hooks",
           {{"on_create", queue_or_null(declared.hooks.on_create)},
            {"on_update", queue_or_null(declared.hooks.on_update)},
            {"on_delete", queue_or_null(declared.hooks.on_delete)}}},
          {"schema", schema.is_discarded() ? json(true) : std::move(schema)}};
}

json json_of(const cache_described& x) {
  json result{{"node", x.owner.node},     {"incarnation", std::to_string(x.owner.incarnation)},
              {"number", x.owner.number}, {"shards", x.held.size()},
              {"mailbox", x.mailbox},     {"collections", json::array()},
              {"hot_keys", json::array()}};
  for (const auto& usage : x.collections)
    result["collections"].push_back(json_of(usage));
  for (const auto& key : x.hot_keys)
    result["hot_keys"].push_back(json_of(key));
  return result;
}

} // namespace troupe
