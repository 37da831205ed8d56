#include "apps/troupe/json_output.hpp"

#include "apps/troupe/text_format.hpp"
#include "node/config_checks.hpp"

namespace troupe {

namespace {

json time_or_null(timestamp x) {
  return x == timestamp{} ? json(nullptr) : json(format_time(x));
}

json json_of(const delivery& x) {
  json result{{"epoch", std::to_string(x.epoch)},
              {"attempt", x.attempt},
              {"node", x.node},
              {"leased_at", time_or_null(x.leased_at)},
              {"ended_at", time_or_null(x.ended_at)},
              {"reason", to_string(x.reason)}};
  add_bytes(result, "error", x.error);
  return result;
}

json json_of(const job_options& x) {
  return {{"priority", x.priority},
          {"delay_ms", x.delay.count()},
          {"max_attempts", x.max_attempts},
          {"max_losses", x.max_losses},
          {"run_timeout_ms", x.run_timeout.count()},
          {"progress_timeout_ms", x.progress_timeout.count()}};
}

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
          {"services", x.services}};
}

json json_of(const handler_settings& x) {
  return {{"name", x.name},
          {"exec", x.exec},
          {"compiled", x.exec.empty()},
          {"directory", x.directory},
          {"output_max", x.output_max},
          {"error_max", x.error_max}};
}

json json_of(const queue_settings& x) {
  return {{"name", x.name},
          {"handler", x.handler},
          {"dead_letter", x.dead_letter},
          {"weight", x.weight},
          {"max_attempts", x.max_attempts},
          {"max_losses", x.max_losses},
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

json json_of(const job& x, bool details) {
  json result{{"id", std::to_string(x.id)},
              {"queue", x.queue},
              {"state", to_string(x.state)},
              {"options", json_of(x.options)},
              {"failures", x.counters.failures},
              {"losses", x.counters.losses},
              {"snoozes", x.counters.snoozes},
              {"deliveries", x.counters.deliveries},
              {"created_at", time_or_null(x.created_at)},
              {"run_at", time_or_null(x.run_at)},
              {"leased_at", time_or_null(x.leased_at)},
              {"finished_at", time_or_null(x.finished_at)},
              {"node", x.node},
              {"epoch", std::to_string(x.epoch)},
              {"reason", to_string(x.reason)}};
  add_bytes(result, "error", x.error);
  if (x.origin != 0) {
    result["origin"] = std::to_string(x.origin);
    result["origin_queue"] = x.origin_queue;
  }
  if (!details)
    return result;
  add_bytes(result, "payload", x.payload);
  add_bytes(result, "result", x.result);
  result["history"] = json::array();
  for (auto& delivery : x.history)
    result["history"].push_back(json_of(delivery));
  return result;
}

json json_of(const queue_info& x) {
  return {{"name", x.name},
          {"handler", x.handler},
          {"dead_letter", x.dead_letter},
          {"scheduled", x.depths.scheduled},
          {"ready", x.depths.ready},
          {"running", x.depths.running},
          {"retrying", x.depths.retrying},
          {"succeeded", x.depths.succeeded},
          {"dead", x.depths.dead},
          {"cancelled", x.depths.cancelled},
          {"oldest_ready_ms", x.oldest_ready.count()},
          {"workers", x.workers}};
}

json json_of(const worker_info& x) {
  json result{{"node", x.worker.node},
              {"incarnation", std::to_string(x.worker.incarnation)},
              {"state", to_string(x.state)},
              {"queues", x.queues},
              {"slots", x.slots},
              {"capacity", x.capacity},
              {"heartbeat_age_ms", x.heartbeat_age.count()},
              {"leases", json::array()}};
  for (auto& lease : x.leases)
    result["leases"].push_back(
      {{"job", std::to_string(lease.job)}, {"epoch", std::to_string(lease.epoch)}});
  return result;
}

json json_of(const node_info& x) {
  return {{"name", x.name},
          {"cluster", x.cluster},
          {"incarnation", std::to_string(x.incarnation)},
          {"address", x.address},
          {"roles", x.roles},
          {"pid", x.pid},
          {"version", x.version},
          {"started_at", time_or_null(x.started_at)}};
}

json json_of(const error& x) {
  json problem{{"code", name_of(x.code)}};
  add_bytes(problem, "text", x.text);
  return {{"error", std::move(problem)}};
}

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
              {"log", {{"level", x.log.level}}},
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

void add_bytes(json& object, std::string_view key, std::string_view bytes) {
  if (is_utf8(bytes))
    object[std::string{key}] = bytes;
  else
    object[std::string{key} + "_base64"] = base64(bytes);
}

std::string to_line(const json& document) {
  // Names from a file or a path may be no UTF-8; that must not end the program.
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace troupe
