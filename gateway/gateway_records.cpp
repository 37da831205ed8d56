// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "gateway/ask.hpp"
#include "gateway/entity_tag.hpp"
#include "gateway/feed_position.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/job_json.hpp"
#include "gateway/media_type.hpp"
#include "gateway/page_link.hpp"
#include "gateway/problem.hpp"
#include "gateway/trace_context.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

/// A header's list of preferences (RFC 7240) names this one.
bool prefers(const http_request& x, std::string_view preference) {
  return x.header("prefer").find(preference) != std::string_view::npos;
}

std::string location_of(const std::string& collection, const std::string& id) {
  return "/v1/collections/" + percent_encode(collection) + "/records/" + id;
}

// What is kept elsewhere must be asked for again: only then is no answer old (RFC 9111).
constexpr std::string_view cache_control = "private, no-cache";

std::string cache_status_header(const found_record& x) {
  std::string text = "troupe; ";
  switch (x.status) {
  case cache_status::hit:
    return text + "hit";
  case cache_status::stale:
    return text + "hit; detail=stale";
  case cache_status::coalesced:
    return text + "fwd=miss; collapsed";
  default:
    return text + "fwd=miss";
  }
}

milliseconds max_stale_of(const http_request& x) {
  constexpr std::string_view name = "max-stale";
  const auto header = x.header("cache-control");
  const auto at = header.find(name);
  if (at == std::string_view::npos)
    return milliseconds{0};
  constexpr std::chrono::seconds any = std::chrono::hours{24};
  auto rest = header.substr(at + name.size());
  if (rest.empty() || rest.front() != '=')
    return any;
  long seconds = 0;
  std::from_chars(rest.data() + 1, rest.data() + rest.size(), seconds);
  return std::chrono::seconds{std::clamp<long>(seconds, 0, any.count())};
}

get_records read_of(const http_call& call) {
  return {call.values[0], {call.values[1]}, max_stale_of(call.request())};
}

/// If-Match names this version: with its database, or without one.
bool names_version(std::string_view if_match, std::uint64_t version,
                   database_generation generation) {
  return matches_tag(if_match, record_tag(version, generation))
         || matches_tag(if_match, entity_tag(version));
}

http_response found_response(const http_call& call, const found_record& found,
                             database_generation generation) {
  if (found.value.version == 0)
    return problem({errc::unknown_record,
                    "no record '" + call.values[1] + "' in collection '" + call.values[0] + "'"});
  const auto tag = record_tag(found.value.version, generation);
  if (const auto wanted = call.request().header("if-match");
      !wanted.empty() && !names_version(wanted, found.value.version, generation))
    return problem({errc::precondition_failed,
                    "the record has the ETag " + tag + ", which If-Match does not name"});
  http_response x;
  x.headers.reserve(8); // a list in braces would copy every text once more
  x.headers.emplace_back("Content-Type", json_type);
  x.headers.emplace_back("ETag", tag);
  x.headers.emplace_back("Cache-Control", cache_control);
  x.headers.emplace_back("Cache-Status", cache_status_header(found));
  x.headers.emplace_back("Vary", "Authorization, Accept");
  if (found.status == cache_status::stale)
    x.headers.emplace_back("Age", std::to_string(found.age.count() / 1000));
  if (const auto known = call.request().header("if-none-match");
      !known.empty() && names_tag(known, tag)) {
    x.status = 304;
    return x;
  }
  x.body = record_json(found.value);
  return x;
}

http_response changed_response(const http_call& call, const record_changed& changed) {
  const bool created = changed.kind == change_kind::created;
  http_response x{created ? 201 : 200, {}, {}};
  if (changed.kind == change_kind::deleted) {
    x.status = 204;
    return x;
  }
  x.headers = {{"ETag", record_tag(changed.value.version, changed.generation)},
               {"Cache-Control", std::string{cache_control}}};
  if (created)
    x.headers.emplace_back("Location", location_of(call.values[0], changed.value.id));
  if (changed.job != 0)
    x.headers.emplace_back("Troupe-Job", std::to_string(changed.job));
  if (prefers(call.request(), "return=minimal")) {
    x.headers.emplace_back("Preference-Applied", "return=minimal");
    if (!created)
      x.status = 204;
    return x;
  }
  x.headers.emplace_back("Content-Type", json_type);
  x.body = record_json(changed.value);
  return x;
}

http_response records_page_response(const http_call& call, const records_page& page, bool counted) {
  http_response x{
    200,
    {{"Content-Type", std::string{json_type}}, {"Cache-Control", std::string{cache_control}}},
    R"({"records":[)"};
  for (std::size_t i = 0; i < page.records.size(); ++i) {
    x.body += i == 0 ? "" : ",";
    x.body += record_json(page.records[i]);
  }
  x.body += R"(],"next":)" + (page.next.empty() ? "null" : to_line(page.next));
  if (counted)
    x.body += R"(,"count":)" + std::to_string(page.count);
  x.body += R"(,"sequence":)" + std::to_string(page.sequence) + R"(,"position":")"
            + to_string(feed_position{page.sequence, page.generation}) + "\"}";
  if (!page.next.empty())
    x.headers.emplace_back("Link", link_to_next(call, "cursor", page.next));
  return x;
}

error bad_parameter(std::string_view name, std::string_view wanted) {
  return {errc::invalid_argument,
          "parameter '" + std::string{name} + "' must be " + std::string{wanted}};
}

} // namespace

// -- one record ----------------------------------------------------------------------------------

void gateway_state::get_record(http_call& call) {
  // What is no id would have those refused that it travels with.
  if (!is_record_id(call.values[1]) || !reads_.may_join(call.values[0], self_->clock().now()))
    return read_alone(std::move(call));
  const auto read = read_of(call);
  if (reads_.join(options_.records, read, std::move(call)))
    self_->send(self_, caf::flush_atom_v);
}

void gateway_state::flush_reads() {
  for (auto& x : reads_.take())
    if (x.readers.size() == 1)
      read_alone(std::move(x.readers.front()));
    else
      read_together(std::move(x));
}

void gateway_state::read_alone(http_call call) {
  auto request = read_of(call);
  ask<records_found>(std::move(call), options_.records, options_.request_timeout,
                     std::move(request), [](const http_call& asked, const records_found& reply) {
                       if (reply.records.size() != 1)
                         return problem({errc::unavailable, "the answer is incomplete"});
                       return found_response(asked, reply.records.front(), reply.generation);
                     });
}

void gateway_state::read_together(record_reads::bundle x) {
  open_ += x.readers.size();
  auto sent = std::make_shared<record_reads::bundle>(std::move(x));
  deadlines_.request<records_found>(
    self_, sent->to, std::min(bundle_patience, options_.request_timeout), sent->request,
    [this, sent](const records_found& reply) {
      open_ -= sent->readers.size();
      if (reply.records.size() != sent->readers.size())
        return travel_alone(*sent);
      reads_.answered(sent->request.collection, reply);
      for (std::size_t i = 0; i < sent->readers.size(); ++i)
        sent->readers[i].answer(
          found_response(sent->readers[i], reply.records[i], reply.generation));
    },
    [this, sent](const caf::error& why) {
      open_ -= sent->readers.size();
      const auto reason = from_caf(why);
      if (reason.code != errc::unknown_collection)
        return travel_alone(*sent);
      for (const auto& call : sent->readers)
        call.refuse(reason);
    });
}

void gateway_state::travel_alone(record_reads::bundle& x) {
  reads_.failed(x.request.collection, self_->clock().now());
  for (auto& call : x.readers)
    read_alone(std::move(call));
}

void gateway_state::change(http_call& call, record_verb verb) {
  auto& source = call.exchange->request();
  auto condition = parse_write_condition(source.header("if-match"), source.header("if-none-match"));
  if (!condition)
    return call.refuse(condition.error());
  if (condition->versions.size() > 1 && call.values.size() > 1)
    return choose_version(call, verb, condition->versions);
  change_if(call, verb, condition->condition);
}

/// Any of several versions will do: the one that the record has now, if it is among them, is what
/// the write is for.
void gateway_state::choose_version(http_call& call, record_verb verb,
                                   const std::vector<std::uint64_t>& versions) {
  ++open_;
  auto waiting = std::make_shared<http_call>(std::move(call));
  deadlines_.request<records_found>(
    self_, options_.records, options_.request_timeout,
    get_records{waiting->values[0], {waiting->values[1]}, milliseconds{0}},
    [this, waiting, verb, versions](const records_found& reply) {
      --open_;
      const auto now = reply.records.size() == 1 ? reply.records.front().value.version : 0;
      if (now == 0 || std::find(versions.begin(), versions.end(), now) == versions.end()
          || !names_version(waiting->request().header("if-match"), now, reply.generation))
        return waiting->refuse(
          {errc::precondition_failed, "If-Match names none of the versions that the record has"});
      change_if(*waiting, verb, {condition_kind::version, now});
    },
    [this, waiting](const caf::error& why) {
      --open_;
      waiting->refuse(from_caf(why));
    });
}

void gateway_state::change_if(http_call& call, record_verb verb, write_condition condition) {
  auto& source = call.exchange->request();
  auto key = idempotency_key(source);
  if (!key)
    return call.refuse(key.error());
  change_record request;
  request.collection = call.values[0];
  if (call.values.size() > 1)
    request.id = call.values[1];
  request.verb = verb;
  request.body = std::move(source.body);
  request.condition = condition;
  request.idempotency_key = std::move(*key);
  request.caller = call.caller ? call.caller->name : std::string{};
  request.trace_parent = checked_trace_parent(source.header("traceparent"));
  ask<record_changed>(std::move(call), options_.records, options_.request_timeout,
                      std::move(request), changed_response);
}

void gateway_state::create_record(http_call& call) {
  const auto& source = call.request();
  call.creates = source.header("if-match").empty() && source.header("if-none-match").empty();
  change(call, record_verb::create);
}

void gateway_state::put_record(http_call& call) {
  change(call, record_verb::put);
}

void gateway_state::patch_record(http_call& call) {
  const bool patch = media_type(call.request()) == json_patch_type;
  change(call, patch ? record_verb::json_patch : record_verb::merge_patch);
}

void gateway_state::delete_record(http_call& call) {
  call.exchange->request().body.clear();
  change(call, record_verb::remove);
}

// -- many records --------------------------------------------------------------------------------

void gateway_state::list_records_of(http_call& call) {
  list_records request;
  request.collection = call.values[0];
  request.filter = call.parameter("filter");
  request.sort = call.parameter("sort");
  request.fields = call.parameter("fields");
  request.search = call.parameter("q");
  request.cursor = call.parameter("cursor");
  request.count = call.parameter("count") == "true";
  if (const auto text = call.parameter("limit"); !text.empty()) {
    const auto limit = read_number(text);
    if (!limit || *limit == 0 || *limit > limits::page_records_max)
      return call.refuse(bad_parameter("limit", fmt::format("1 to {}", limits::page_records_max)));
    request.limit = static_cast<std::uint32_t>(*limit);
  }
  if (const auto text = call.parameter("at_least"); !text.empty()) {
    const auto sequence = read_number(text);
    if (!sequence)
      return call.refuse(bad_parameter("at_least", "a sequence number"));
    request.at_least = *sequence;
  }
  const auto counted = request.count;
  request.terms = begin_list(call);
  ask<records_page>(std::move(call), options_.records, options_.request_timeout, std::move(request),
                    [counted](const http_call& asked, const records_page& page) {
                      return records_page_response(asked, page, counted);
                    });
}

} // namespace troupe
