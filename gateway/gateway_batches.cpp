// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <utility>

#include "gateway/ask.hpp"
#include "gateway/body_reader.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/problem.hpp"
#include "gateway/trace_context.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

using json = nlohmann::ordered_json;

const std::map<std::string, record_verb, std::less<>> verbs{
  {"create", record_verb::create},           {"put", record_verb::put},
  {"merge_patch", record_verb::merge_patch}, {"json_patch", record_verb::json_patch},
  {"delete", record_verb::remove},
};

// As many as all the records of a batch may have alone.
constexpr std::size_t values_max = 500'000;

error malformed(std::size_t position, const std::string& what) {
  return {errc::invalid_argument, "changes[" + std::to_string(position) + "]: " + what};
}

result<change_record> read_change(const std::string& collection, json_value x, std::size_t i) {
  body_reader body{std::move(x)};
  change_record change;
  change.collection = collection;
  const auto verb = verbs.find(body.text("op", true));
  change.id = body.text("id", false);
  if (const auto record = body.value("body"); !record.is_null())
    change.body = json_text(record);
  const auto version = body.value("if_version");
  if (body.flag("if_absent"))
    change.condition = {condition_kind::absent, 0};
  if (auto wrong = body.finish())
    return tl::unexpected{malformed(i, wrong->text)};
  if (verb == verbs.end())
    return tl::unexpected{
      malformed(i, "op must be create, put, merge_patch, json_patch or delete")};
  change.verb = verb->second;
  if (version.is_number_unsigned())
    change.condition = {condition_kind::version, version.get<std::uint64_t>()};
  else if (!version.is_null())
    return tl::unexpected{malformed(i, "if_version must be a version, a whole number")};
  return change;
}

result<change_records> read_batch(const std::string& collection, const http_request& request) {
  // The server has bounded the body already.
  auto document = read_json_object(request.body, request.body.size(), values_max);
  if (!document)
    return tl::unexpected{std::move(document.error())};
  body_reader body{std::move(*document)};
  auto changes = body.value("changes");
  if (auto wrong = body.finish())
    return tl::unexpected{std::move(*wrong)};
  if (!changes.is_array())
    return failure(errc::invalid_argument, R"(the body must be JSON: {"changes": [...]})");
  change_records batch;
  for (auto& x : changes) {
    auto change = read_change(collection, std::move(x), batch.changes.size());
    if (!change)
      return tl::unexpected{std::move(change.error())};
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
  auto batch = read_batch(call.values[0], call.request());
  if (!batch)
    return call.refuse(batch.error());
  auto key = idempotency_key(call.request());
  if (!key)
    return call.refuse(key.error());
  batch->idempotency_key = std::move(*key);
  batch->caller = call.caller ? call.caller->name : std::string{};
  batch->trace_parent = checked_trace_parent(call.request().header("traceparent"));
  ask<records_changed>(std::move(call), options_.records, options_.request_timeout,
                       std::move(*batch), batch_response);
}

} // namespace troupe
