// SPDX-License-Identifier: Apache-2.0
#include "gateway/gateway_live.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <charconv>
#include <utility>

#include "gateway/ask.hpp"
#include "gateway/collection_json.hpp"
#include "gateway/event_stream.hpp"
#include "gateway/json_response.hpp"
#include "gateway/problem.hpp"
#include "messages/error_category.hpp"

/// What is going on, as server-sent events: an overview once a second, and what happens to jobs.
namespace troupe {

namespace {

constexpr milliseconds overview_interval{1000};

// Shorter than the interval: what does not answer in time is left out of this overview.
constexpr milliseconds part_timeout{800};

constexpr std::uint32_t events_page = 1000;

/// Writes one piece; the gateway goes on with `x` when it was taken.
void write_piece(gateway_actor::pointer self, const feed_ptr& x, std::string piece) {
  x->stream->write(std::move(piece), [x, address = caf::weak_actor_ptr{self->ctrl()}](bool sent) {
    auto owner = caf::actor_cast<caf::strong_actor_ptr>(address);
    if (sent && owner)
      caf::anon_send(caf::actor_cast<gateway_actor>(owner), x);
  });
}

std::string events_of(const events_read& reply, job_id only) {
  std::string text;
  if (reply.missed)
    text += "id: " + std::to_string(reply.next)
            + "\nevent: missed\ndata: {\"detail\":\"some events were overwritten before they were "
              "read; look at the jobs again\"}\n\n";
  for (const auto& x : reply.events)
    if (only == 0 || x.lease.job == only)
      text += "id: " + std::to_string(x.sequence) + "\nevent: job\ndata: " + to_line(json_of(x))
              + "\n\n";
  return text.empty() ? ": still here\n\n" : text;
}

} // namespace

// -- the overview --------------------------------------------------------------------------------

void gateway_state::watch_overview(http_call& call) {
  if (leaving_)
    return call.refuse({errc::shutting_down, "this node is stopping"});
  auto x = make_feed(call, feed_kind::overview, permission::cluster_read);
  if (!x)
    return;
  x->stream = std::exchange(x->exchange, nullptr)->stream(event_stream_head(++begun_streams_));
  write_piece(self_, x, ": hello\n\n");
}

void gateway_state::wait_for_overview(const feed_ptr& x) {
  if (leaving_)
    return; // its stream ends; the caller comes back, to another gateway
  if (!overview_)
    overview_ = std::make_shared<live_overview>();
  overview_->watchers.push_back(x);
  if (!std::exchange(overview_->ticking, true))
    self_->send(self_, caf::tick_atom_v);
}

void gateway_state::tick() {
  auto& x = *overview_;
  if (leaving_ || x.watchers.empty()) {
    x.watchers.clear();
    x.ticking = false;
    x.pulse = {}; // what happens until somebody watches again is nobody's news
    x.counts = {};
    return;
  }
  self_->delayed_send(self_, overview_interval, caf::tick_atom_v);
  if (x.open > 0)
    return;
  x.parts = json{{"time", rfc3339(options_.env.now())}};
  if (dispatcher_) {
    add_part<queues_counted>("dispatcher", caf::actor_cast<queue_counter_actor>(dispatcher_),
                             count_queues{},
                             [this](const queues_counted& reply) { return take_counts(reply); });
    add_part<queues_listed>("queues", dispatcher_, list_queues{},
                            [](const queues_listed& reply) { return list_of(reply.queues); });
    add_part<workers_listed>("workers", dispatcher_, list_workers{},
                             [](const workers_listed& reply) { return list_of(reply.workers); });
    add_part<events_read>("jobs", dispatcher_,
                          read_events{x.pulse.after(), job_pulse::events_max, milliseconds{0}},
                          [this](const events_read& reply) {
                            overview_->pulse.read(reply);
                            return overview_->pulse.take();
                          });
  }
  add_store();
  add_part<nodes_listed>("nodes", options_.receptionist, list_nodes{},
                         [](const nodes_listed& reply) { return list_of(reply.nodes); });
  add_part<caches_listed>("caches", options_.records, list_caches{},
                          [](const caches_listed& reply) { return list_of(reply.caches); });
}

json gateway_state::take_counts(const queues_counted& reply) {
  auto& x = *overview_;
  const auto now = self_->clock().now();
  const std::chrono::duration<double> passed = now - std::exchange(x.counted_at, now);
  return {{"mailbox", reply.mailbox}, {"counts", x.counts.take(reply, passed.count())}};
}

void gateway_state::add_store() {
  if (overview_->store)
    return add_part<commits_counted>(
      "store", overview_->store, count_commits{}, [](const commits_counted& reply) {
        return json{{"mailbox", reply.mailbox}, {"failures", reply.failures}};
      });
  self_->request(options_.receptionist, part_timeout, find_name{"repository"})
    .then(
      [this](const named_actor& who) {
        if (who.actor)
          overview_->store = caf::actor_cast<commit_counter_actor>(who.actor);
      },
      [](const caf::error&) {}); // the next overview asks again
}

template <class Reply, class Actor, class Request, class Translate>
void gateway_state::add_part(const char* part, const Actor& whom, Request request,
                             Translate translate) {
  overview_->parts[part] = nullptr; // until it is known
  ++overview_->open;
  auto done = [this] {
    if (--overview_->open == 0)
      publish_overview();
  };
  self_->request(whom, part_timeout, std::move(request))
    .then(
      [this, part, translate, done](const Reply& reply) {
        overview_->parts[part] = translate(reply);
        done();
      },
      [done](const caf::error&) { done(); });
}

void gateway_state::publish_overview() {
  const auto asked = overview_->parts.find("store");
  if (asked != overview_->parts.end() && asked->is_null())
    overview_->store = nullptr; // it may be another one now
  const auto piece = "event: overview\ndata: " + to_line(overview_->parts) + "\n\n";
  for (const auto& x : std::exchange(overview_->watchers, {}))
    write_piece(self_, x, piece);
}

// -- events of jobs ------------------------------------------------------------------------------

void gateway_state::watch_jobs(http_call& call) {
  auto from = call.parameter("after");
  if (const auto last = call.request().header("last-event-id"); !last.empty())
    from = last;
  const auto after = read_number(from.empty() ? "0" : from);
  const auto only = read_number(call.parameter("job").empty() ? "0" : call.parameter("job"));
  if (!after || !only)
    return call.refuse({errc::invalid_argument, "after must be an event's number, job an id"});
  if (dispatcher_for(call) == nullptr)
    return;
  auto x = make_feed(call, feed_kind::jobs, permission::jobs_read);
  if (!x)
    return;
  x->after = *after;
  x->job = *only;
  x->queues = call.targets(permission::jobs_read);
  read_jobs_for(x);
}

void gateway_state::read_jobs_for(const feed_ptr& x) {
  if (leaving_ || !dispatcher_) {
    if (x->exchange)
      x->exchange->answer(problem({errc::unavailable, "this node is stopping, or starting"}));
    return; // else the stream ends with `x`, and the caller comes back
  }
  const auto wait = x->exchange ? milliseconds{0} : stream_heartbeat;
  deadlines_.request<events_read>(
    self_, dispatcher_, options_.request_timeout + wait,
    read_events{x->after, events_page, wait, x->queues},
    [this, x](const events_read& reply) {
      x->after = reply.next;
      auto piece = events_of(reply, x->job);
      if (auto exchange = std::exchange(x->exchange, nullptr)) {
        x->stream = exchange->stream(event_stream_head(++begun_streams_));
        // Whoever connects again before the first event goes on from here.
        piece = "id: " + std::to_string(reply.next) + "\nevent: ready\ndata: {}\n\n" + piece;
      }
      write_piece(self_, x, std::move(piece));
    },
    [x](const caf::error& why) {
      if (x->exchange)
        x->exchange->answer(problem(from_caf(why)));
    });
}

// -- what records are kept in --------------------------------------------------------------------

void gateway_state::list_caches_of(http_call& call) {
  ask<caches_listed>(std::move(call), options_.records, options_.request_timeout, list_caches{},
                     [](const http_call&, const caches_listed& reply) {
                       return json_response({{"caches", list_of(reply.caches)}});
                     });
}

void gateway_state::list_collections_of(http_call& call) {
  ask<collections_listed>(std::move(call), options_.records, options_.request_timeout,
                          list_collections{},
                          [](const http_call&, const collections_listed& reply) {
                            return json_response({{"collections", list_of(reply.collections)}});
                          });
}

} // namespace troupe
