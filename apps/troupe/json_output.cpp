// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/json_output.hpp"

#include "apps/troupe/text_format.hpp"
#include "node/config_checks.hpp"

namespace troupe {

namespace {

json json_of(const node_settings& x) {
  return {{"name", x.name},
          {"roles", x.roles},
          {"address", x.host.empty() ? "" : format_endpoint({x.host, x.port})},
          {"slots", x.slots},
          {"prefetch", x.prefetch},
          {"queues", x.queues},
          {"drain_grace_ms", x.drain_grace.count()},
          {"cancel_grace_ms", x.cancel_grace.count()},
          {"caches", x.caches},
          {"services", x.services},
          {"http", x.http.host.empty() ? "" : format_endpoint(x.http)},
          {"http_certificate", x.http_certificate.string()},
          {"http_key", x.http_key.string()}};
}

json json_of(const handler_settings& x) {
  return {{"name", x.name},
          {"exec", x.exec},
          {"compiled", x.exec.empty()},
          {"directory", x.directory},
          {"output_max", x.output_max},
          {"error_max", x.error_max},
          {"environment", x.environment},
          {"user", x.user},
          {"limits",
           {{"memory", x.limits.memory},
            {"file_size", x.limits.file_size},
            {"files", x.limits.files},
            {"cpu_time_ms", x.limits.cpu_time.count()}}}};
}

json json_of(const queue_settings& x) {
  return {{"name", x.name},
          {"handler", x.handler},
          {"dead_letter", x.dead_letter},
          {"weight", x.weight},
          {"max_attempts", x.max_attempts},
          {"max_losses", x.max_losses},
          {"max_deliveries", x.max_deliveries},
          {"backoff",
           {{"base_ms", x.backoff.base.count()},
            {"factor", x.backoff.factor},
            {"max_ms", x.backoff.max.count()}}},
          {"run_timeout_ms", x.run_timeout.count()},
          {"progress_timeout_ms", x.progress_timeout.count()},
          {"depth_max", x.depth_max},
          {"payload_max", x.payload_max},
          {"result_max", x.result_max},
          {"retention_ms", x.retention.count()}};
}

json json_of(const collection_settings& x) {
  return {{"name", x.name},
          {"schema", x.schema.empty() ? json(nullptr) : json::parse(x.schema)},
          {"indexes", x.indexes},
          {"search", x.search},
          {"on_create", x.hooks.on_create},
          {"on_update", x.hooks.on_update},
          {"on_delete", x.hooks.on_delete},
          {"require_condition", x.require_condition},
          {"record_max", x.record_max},
          {"cache_max", x.cache_max},
          {"cache_ttl_ms", x.cache_ttl.count()},
          {"ttl_ms", x.ttl.count()},
          {"feed_retention_ms", x.feed_retention.count()}};
}

} // namespace

json json_of(const cluster_config& x) {
  json result{{"file", x.file.string()},
              {"cluster",
               {{"name", x.cluster.name},
                {"heartbeat_interval_ms", x.cluster.heartbeat_interval.count()},
                {"lease_timeout_ms", x.cluster.lease_timeout.count()},
                {"reconnect_grace_ms", x.cluster.reconnect_grace.count()},
                {"request_timeout_ms", x.cluster.request_timeout.count()},
                {"shard_lease_ms", x.cluster.shard_lease.count()}}},
              {"storage",
               {{"engine", x.storage.engine},
                {"path", x.storage.path.string()},
                {"readers", x.storage.readers}}},
              {"tls", {{"folder", x.tls.folder.string()}, {"revoked", x.tls.revoked}}},
              {"http",
               {{"auth", x.http.auth ? json(*x.http.auth) : json(nullptr)},
                {"hosts", x.http.hosts ? json(*x.http.hosts) : json(nullptr)},
                {"origins", x.http.origins},
                {"trust_forwarded_proto", x.http.trust_forwarded_proto},
                {"rate", x.http.rate},
                {"burst", x.http.burst},
                {"byte_rate", x.http.byte_rate},
                {"streams_max", x.http.streams_max},
                {"waits_max", x.http.waits_max},
                {"connections_max", x.http.connections_max},
                {"connections_per_address_max", x.http.connections_per_address_max},
                {"bodies_max", x.http.bodies_max},
                {"body_max", x.http.body_max},
                {"url_max", x.http.url_max},
                {"header_max", x.http.header_max},
                {"headers_max", x.http.headers_max},
                {"read_timeout_ms", x.http.read_timeout.count()},
                {"write_timeout_ms", x.http.write_timeout.count()},
                {"leave_time_ms", x.http.leave_time.count()},
                {"site", x.http.site.string()}}},
              {"log", {{"level", x.log.level}, {"format", x.log.format}, {"audit", x.log.audit}}},
              {"nodes", json::array()},
              {"handlers", json::array()},
              {"queues", json::array()},
              {"collections", json::array()}};
  for (auto& node : x.nodes)
    result["nodes"].push_back(json_of(node));
  for (auto& handler : x.handlers)
    result["handlers"].push_back(json_of(handler));
  for (auto& queue : x.queues)
    result["queues"].push_back(json_of(queue));
  for (auto& collection : x.collections)
    result["collections"].push_back(json_of(collection));
  return result;
}

json json_of_ids(const std::vector<job_id>& ids) {
  auto result = json::array();
  for (auto id : ids)
    result.push_back(std::to_string(id));
  return result;
}

} // namespace troupe
