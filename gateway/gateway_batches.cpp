#include <nlohmann/json.hpp>
#include <utility>

#include "gateway/ask.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/problem.hpp"
#include "gateway/trace_context.hpp"

namespace troupe {

namespace {

using json = nlohmann::ordered_json;

const std::map<std::string, record_verb, std::less<>> verbs{
  {"create", record_verb::create},           {"put", record_verb::put},
  {"merge_patch", record_verb::merge_patch}, {"json_patch", record_verb::json_patch},
  {"delete", record_verb::remove},
};

error malformed(std::size_t position, const std::string& what) {
  return {errc::invalid_argument, "changes[" + std::to_string(position) + "]: " + what};
}

result<change_record> parse_change(const std::string& collection, const json& x, std::size_t i) {
  if (!x.is_object())
    return tl::unexpected{malformed(i, "must be an object with op, id and body")};
  change_record change;
  change.collection = collection;
  const auto op = x.value("op", json{});
  const auto verb = op.is_string() ? verbs.find(op.get<std::string>()) : verbs.end();
  if (verb == verbs.end())
    return tl::unexpected{
      malformed(i, "op must be create, put, merge_patch, json_patch or delete")};
  change.verb = verb->second;
  for (const auto& [name, value] : x.items()) {
    if (name == "op")
      continue;
    if (name == "id" && value.is_string())
      change.id = value.get<std::string>();
    else if (name == "body")
      change.body = value.dump();
    else if (name == "if_version" && value.is_number_unsigned())
      change.condition = {condition_kind::version, value.get<std::uint64_t>()};
    else if (name == "if_absent" && value == true)
      change.condition = {condition_kind::absent, 0};
    else
      return tl::unexpected{malformed(i, "cannot take member '" + name + "' with this value")};
  }
  return change;
}

result<change_records> parse_batch(const std::string& collection, const std::string& body) {
  const auto document = json::parse(body, nullptr, false);
  if (document.is_discarded() || !document.is_object() || !document.contains("changes")
      || !document["changes"].is_array())
    return failure(errc::invalid_argument, R"(the body must be JSON: {"changes": [...]})");
  change_records batch;
  for (const auto& x : document["changes"]) {
    auto change = parse_change(collection, x, batch.changes.size());
    if (!change)
      return tl::unexpected{change.error()};
    batch.changes.push_back(std::move(*change));
  }
  return batch;
}

json result_of(const change_outcome& x, bool committed) {
  const auto code = static_cast<errc>(x.code);
  if (code != errc::none)
    return {{"status", status_of(code)}, {"code", name_of(code)}, {"detail", x.text}};
  if (!committed)
    return {{"status", 424}, {"detail", "Not done, because another change was refused."}};
  json result{{"status", x.changed.kind == change_kind::created ? 201 : 200},
              {"id", x.changed.value.id},
              {"version", x.changed.value.version}};
  if (x.changed.job != 0)
    result["job"] = std::to_string(x.changed.job);
  return result;
}

http_response batch_response(const http_call&, const records_changed& reply) {
  json results = json::array();
  error first;
  for (const auto& x : reply.outcomes) {
    results.push_back(result_of(x, reply.committed));
    if (x.code != 0 && first.code == errc::none)
      first = {static_cast<errc>(x.code), "at least one change was refused; nothing was changed"};
  }
  if (reply.committed)
    return {
      200,
      {{"Content-Type", "application/json"}},
      json{{"results", std::move(results)}}.dump(-1, ' ', false, json::error_handler_t::replace)};
  auto response = problem(first);
  auto body = json::parse(response.body);
  body["results"] = std::move(results);
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  return response;
}

} // namespace

void gateway_state::change_batch(http_call& call) {
  auto batch = parse_batch(call.values[0], call.request().body);
  if (!batch)
    return call.refuse(batch.error());
  batch->idempotency_key = unquoted(call.request().header("idempotency-key"));
  batch->trace_parent = checked_trace_parent(call.request().header("traceparent"));
  ask<records_changed>(std::move(call), options_.records, options_.request_timeout,
                       std::move(*batch), batch_response);
}

} // namespace troupe
