// SPDX-License-Identifier: Apache-2.0
#include <caf/send.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "gateway/ask.hpp"
#include "gateway/event_stream.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/problem.hpp"
#include "messages/error_category.hpp"

/// The change feed: as server-sent events (HTML standard), which never end, or as lines of JSON.
namespace troupe {

namespace {

constexpr std::uint32_t page = 500;

std::string change_json(const record_change& x) {
  auto text = R"({"sequence":)" + std::to_string(x.sequence) + R"(,"change":")" + to_string(x.kind)
              + R"(","record":)";
  return text + record_json(x.value) + "}";
}

std::string events_of(const changes_read& reply) {
  if (reply.too_old)
    return "event: reset\ndata: {\"detail\":\"changes after the last event id are gone; list the "
           "records, then go on from the list's sequence\"}\n\n";
  if (reply.changes.empty())
    return ": still here\n\n";
  std::string text;
  for (const auto& x : reply.changes)
    text += "id: " + std::to_string(x.sequence) + "\nevent: " + to_string(x.kind)
            + "\ndata: " + change_json(x) + "\n\n";
  return text;
}

http_response lines_of(const http_call&, const changes_read& reply) {
  if (reply.too_old)
    return problem(410, {errc::invalid_argument,
                         "changes after this number are gone; list the records, then go on from "
                         "the list's sequence"});
  http_response x{200,
                  {{"Content-Type", "application/x-ndjson"},
                   {"Cache-Control", "no-store"},
                   {"Troupe-Next", std::to_string(reply.next)}},
                  {}};
  for (const auto& change : reply.changes)
    x.body += change_json(change) + "\n";
  return x;
}

/// Says that nothing has happened.
void answer_no_lines(const http_call& call) {
  changes_read none;
  none.next = read_number(call.parameter("after")).value_or(0);
  call.answer(lines_of(call, none));
}

bool wants_events(const http_request& x) {
  return x.header("accept").find("text/event-stream") != std::string_view::npos;
}

} // namespace

void gateway_state::read_feed(http_call& call) {
  const bool events = wants_events(call.request());
  auto from = call.parameter("after");
  if (const auto last = call.request().header("last-event-id"); events && !last.empty())
    from = last; // a browser sends it when it connects again
  const auto after = read_number(from.empty() ? "0" : from);
  const auto wait = read_number(call.parameter("wait").empty() ? "0" : call.parameter("wait"));
  if (!after || !wait || *wait > 60)
    return call.refuse(
      {errc::invalid_argument, "after must be a sequence number, wait 0 to 60 (seconds)"});
  if (!events) {
    const auto time = std::chrono::seconds{*wait};
    read_changes request{call.values[0], *after, page, time};
    return poll<changes_read>(std::move(call), options_.records, options_.request_timeout + time,
                              std::move(request), lines_of, answer_no_lines,
                              [](const http_call&, const changes_read&) {});
  }
  auto x = std::make_shared<feed>();
  x->collection = call.values[0];
  x->after = *after;
  x->exchange = std::move(call.exchange);
  read_changes_for(x);
}

void gateway_state::go_on(const feed_ptr& x) {
  switch (x->what) {
  case feed_kind::changes:
    return read_changes_for(x);
  case feed_kind::jobs:
    return read_jobs_for(x);
  case feed_kind::overview:
    return wait_for_overview(x);
  }
}

void gateway_state::read_changes_for(const feed_ptr& x) {
  if (leaving_) {
    // The caller comes back, to another gateway.
    if (x->exchange)
      x->exchange->answer(problem({errc::shutting_down, "this node is stopping"}));
    return;
  }
  // The first answer comes at once: it says whether there is such a collection.
  const auto wait = x->exchange ? milliseconds{0} : stream_heartbeat;
  self_
    ->request(options_.records, options_.request_timeout + wait,
              read_changes{x->collection, x->after, page, wait})
    .then(
      [this, x](const changes_read& reply) {
        x->after = reply.next;
        if (auto exchange = std::exchange(x->exchange, nullptr))
          x->stream = exchange->stream(event_stream_head());
        x->stream->write(
          events_of(reply),
          [x, over = reply.too_old, address = caf::weak_actor_ptr{self_->ctrl()}](bool sent) {
            auto owner = caf::actor_cast<caf::strong_actor_ptr>(address);
            if (sent && !over && owner)
              caf::anon_send(caf::actor_cast<gateway_actor>(owner), x);
          });
      },
      [x](const caf::error& why) {
        if (x->exchange)
          x->exchange->answer(problem(from_caf(why)));
        // Else the stream ends with `x`, and the caller comes back.
      });
}

} // namespace troupe
