// SPDX-License-Identifier: Apache-2.0
#include "gateway/job_json.hpp"

#include "actors/json_reader.hpp"
#include "actors/utf8.hpp"
#include "gateway/text_encoding.hpp"
#include "messages/record.hpp"

namespace troupe {

namespace {

/// What a job was given or has made: an object or array as such, anything else as text.
void add_content(json& object, std::string_view key, std::string_view bytes) {
  const auto begin = bytes.find_first_not_of(" \t\r\n");
  if (begin != std::string_view::npos && (bytes[begin] == '{' || bytes[begin] == '['))
    if (auto value = read_json(bytes, bytes.size())) {
      object[std::string{key}] = std::move(*value);
      return;
    }
  add_bytes(object, key, bytes);
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
  result["tags"] = x.tags;
  if (!x.trace_parent.empty())
    result["traceparent"] = x.trace_parent;
  if (x.origin != 0) {
    result["origin"] = std::to_string(x.origin);
    result["origin_queue"] = x.origin_queue;
  }
  if (!details)
    return result;
  add_content(result, "payload", x.payload);
  add_content(result, "result", x.result);
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
          {"workers", x.workers},
          {"paused", x.paused}};
}

json json_of(const worker_info& x) {
  json result{{"node", x.worker.node},
              {"incarnation", std::to_string(x.worker.incarnation)},
              {"state", to_string(x.state)},
              {"queues", x.queues},
              {"slots", x.slots},
              {"capacity", x.capacity},
              {"heartbeat_age_ms", x.heartbeat_age.count()},
              {"leases", json::array()},
              {"withheld", json::array()}};
  for (const auto& each : x.withheld)
    result["withheld"].push_back({{"queue", each.queue}, {"why", each.why}});
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

json time_or_null(timestamp x) {
  return x == timestamp{} ? json(nullptr) : json(rfc3339(x));
}

json json_of(const error& x) {
  json problem{{"code", name_of(x.code)}};
  add_bytes(problem, "text", x.text);
  return {{"error", std::move(problem)}};
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
