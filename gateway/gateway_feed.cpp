// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "gateway/ask.hpp"
#include "gateway/change_streams.hpp"
#include "gateway/event_stream.hpp"
#include "gateway/feed_position.hpp"
#include "gateway/gateway_access.hpp"
#include "gateway/gateway_state.hpp"
#include "gateway/problem.hpp"
#include "messages/error_category.hpp"

/// The change feed: as server-sent events (HTML standard), which never end, or as lines of JSON.
///
/// Streams that have caught up wait together: of each collection one read is under way for all of
/// them. One that is behind reads for itself until it has caught up.
namespace troupe {

namespace {

constexpr std::uint32_t page = 500;

// Streams of one gateway, of all kinds: more would take the connections from everybody else.
constexpr std::size_t feeds_max = 5'000;

// The last event that a reader has seen who was told that it cannot go on: it asks once more, as
// browsers do, and is told to stop.
constexpr std::string_view after_reset = "reset";

std::string change_json(const record_change& x) {
  auto text = R"({"sequence":)" + std::to_string(x.sequence) + R"(,"change":")" + to_string(x.kind)
              + R"(","record":)";
  return text + record_json(x.value) + "}";
}

/// Those after a number; of none a comment, so that nobody takes the stream for dead.
std::string events_of(const changes_read& reply, std::uint64_t after) {
  if (reply.too_old)
    return "id: " + std::string{after_reset}
           + "\nevent: reset\ndata: {\"detail\":\"changes after the last event id are gone, or of "
             "another database; list the records, then go on from the list's position\"}\n\n";
  std::string text;
  for (const auto& x : reply.changes)
    if (x.sequence > after)
      text += "id: " + to_string(feed_position{x.sequence, reply.generation})
              + "\nevent: " + to_string(x.kind) + "\ndata: " + change_json(x) + "\n\n";
  return text.empty() ? ": still here\n\n" : text;
}

http_response lines_of(const http_call&, const changes_read& reply) {
  if (reply.too_old)
    return problem(http_refused::changes_gone,
                   "changes after this number are gone, or of another database; list the records, "
                   "then go on from the list's position");
  http_response x{200,
                  {{"Content-Type", "application/x-ndjson"},
                   {"Cache-Control", "no-store"},
                   {"Troupe-Next", to_string(feed_position{reply.next, reply.generation})}},
                  {}};
  for (const auto& change : reply.changes)
    x.body += change_json(change) + "\n";
  return x;
}

/// Says that nothing has happened.
void answer_no_lines(const http_call& call) {
  changes_read none;
  if (const auto from = read_feed_position(call.parameter("after"))) {
    none.next = from->after;
    none.generation = from->generation;
  }
  call.answer(lines_of(call, none));
}

bool wants_events(const http_request& x) {
  return x.header("accept").find("text/event-stream") != std::string_view::npos;
}

struct count_down {
  std::shared_ptr<std::atomic<std::size_t>> feeds;

  void operator()(void*) const { --*feeds; }
};

} // namespace

// -- feeds of all kinds --------------------------------------------------------------------------

bool gateway_state::take_seat(http_call& call, caller_budgets& budgets, const char* what) {
  call.seat = budgets.take(call.caller_name());
  if (call.seat)
    return true;
  call.exchange->add_header("Retry-After", "1");
  call.refuse({errc::rate_limited, std::to_string(budgets.each_max()) + " " + what
                                     + " of this caller are open at this gateway; end some"});
  return false;
}

feed_ptr gateway_state::make_feed(http_call& call, feed_kind what, permission needs) {
  if (!take_seat(call, *callers_streams_, "streams"))
    return nullptr;
  if (*feeds_ >= feeds_max) {
    call.refuse({errc::overloaded, "too many streams are open at this gateway; try another one, or "
                                   "again in a moment"});
    return nullptr;
  }
  auto x = std::make_shared<feed>();
  ++*feeds_;
  x->seat = std::shared_ptr<void>{nullptr, count_down{feeds_}};
  x->own_seat = std::move(call.seat);
  x->what = what;
  x->caller = call.caller;
  x->session = call.session;
  x->needs = needs;
  if (what == feed_kind::changes)
    x->collection = call.values[0];
  x->exchange = call.exchange;
  return x;
}

bool gateway_state::may_go_on(const feed_ptr& x) {
  if (!x->caller || !x->stream
      || access_->keeper.still_admits(*x->caller, x->session, x->needs, x->collection,
                                      options_.env.now()))
    return true;
  // The stream ends with `x`. Whoever connects again hears the same in an answer.
  x->stream->write("event: end\ndata: {\"code\":\"unauthenticated\",\"detail\":\"the token was "
                   "revoked, has expired, or may not read this any more, or the session has "
                   "ended\"}\n\n",
                   [x](bool) {});
  return false;
}

void gateway_state::go_on(const feed_ptr& x) {
  if (!may_go_on(x))
    return;
  switch (x->what) {
  case feed_kind::changes:
    return read_changes_for(x);
  case feed_kind::jobs:
    return read_jobs_for(x);
  case feed_kind::overview:
    return wait_for_overview(x);
  }
}

// -- changes of records --------------------------------------------------------------------------

void gateway_state::read_feed(http_call& call) {
  const bool events = wants_events(call.request());
  auto from = call.parameter("after");
  if (const auto last = call.request().header("last-event-id"); events && !last.empty())
    from = last; // a browser sends it when it connects again
  if (events && from == after_reset)
    return call.answer({204, {}, {}});
  const auto after = read_feed_position(from.empty() ? events ? "latest" : "0" : from);
  const auto wait = read_number(call.parameter("wait").empty() ? "0" : call.parameter("wait"));
  if (!after || !wait || *wait > 60)
    return call.refuse({errc::invalid_argument, "after must be a position of the feed, a sequence "
                                                "number or latest; wait 0 to 60 (seconds)"});
  if (!events) {
    if (*wait > 0 && !take_seat(call, *callers_streams_, "streams"))
      return;
    const auto time = std::chrono::seconds{*wait};
    read_changes request{call.values[0], after->after, page, time, after->generation};
    return poll<changes_read>(std::move(call), options_.records, options_.request_timeout + time,
                              std::move(request), lines_of, answer_no_lines,
                              [](const http_call&, const changes_read&) {});
  }
  auto x = make_feed(call, feed_kind::changes, permission::records_read);
  if (!x)
    return;
  x->after = after->after;
  x->generation = after->generation;
  read_changes_for(x);
}

void gateway_state::read_changes_for(const feed_ptr& x) {
  if (leaving_) {
    // The caller comes back, to another gateway.
    if (x->exchange)
      x->exchange->answer(problem({errc::shutting_down, "this node is stopping"}));
    return;
  }
  if (!streams_)
    streams_ = std::make_shared<change_streams>();
  if (!x->stream || !x->up_to_date || streams_->is_behind(*x))
    read_alone_for(x);
  else if (streams_->wait(x))
    read_for_all(x->collection);
}

/// What there is by now. The first answer comes at once: it says whether there is such a
/// collection.
void gateway_state::read_alone_for(const feed_ptr& x) {
  self_
    ->request(options_.records, options_.request_timeout,
              read_changes{x->collection, x->after, page, milliseconds{0}, x->generation})
    .then(
      [this, x](const changes_read& reply) {
        x->up_to_date = reply.changes.empty();
        if (x->exchange || reply.too_old || !reply.changes.empty())
          tell_changes(x, reply);
        else
          read_changes_for(x);
      },
      [x](const caf::error& why) {
        if (x->exchange)
          x->exchange->answer(problem(from_caf(why)));
        // Else the stream ends with `x`, and the caller comes back.
      });
}

void gateway_state::tell_changes(const feed_ptr& x, const changes_read& reply) {
  const auto before = x->after == latest_change ? std::uint64_t{0} : x->after;
  auto piece = events_of(reply, before);
  x->after = std::max(reply.next, before);
  x->generation = reply.generation;
  if (auto exchange = std::exchange(x->exchange, nullptr)) {
    x->stream = exchange->stream(event_stream_head(++begun_streams_));
    // Whoever connects again before the first change goes on from here.
    if (reply.changes.empty() && !reply.too_old)
      piece = "id: " + to_string(feed_position{x->after, x->generation})
              + "\nevent: ready\ndata: {}\n\n";
  }
  x->stream->write(std::move(piece), [x, over = reply.too_old,
                                      address = caf::weak_actor_ptr{self_->ctrl()}](bool sent) {
    auto owner = caf::actor_cast<caf::strong_actor_ptr>(address);
    if (sent && !over && owner)
      caf::anon_send(caf::actor_cast<gateway_actor>(owner), x);
  });
}

/// One read for all streams of a collection that wait.
void gateway_state::read_for_all(const std::string& collection) {
  const auto from = streams_->begin(collection);
  self_
    ->request(options_.records, options_.request_timeout + stream_heartbeat,
              read_changes{collection, from.after, page, stream_heartbeat, from.generation})
    .then(
      [this, collection](const changes_read& reply) {
        for (const auto& x : streams_->end(collection)) {
          x->up_to_date = reply.changes.size() < page;
          tell_changes(x, reply);
        }
      },
      // Their streams end with them, and their callers come back.
      [this, collection](const caf::error&) { (void)streams_->end(collection); });
}

} // namespace troupe
