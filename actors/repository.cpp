// SPDX-License-Identifier: Apache-2.0
#include "actors/repository.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <type_traits>

#include "actors/logging.hpp"
#include "actors/mailbox_depth.hpp"
#include "actors/repository_news.hpp"
#include "actors/request_cost.hpp"
#include "actors/spawn.hpp"
#include "messages/error_category.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

using self_pointer = repository_pointer;

// After which the coordinator and the receptionist count as hung.
constexpr milliseconds answer_timeout{60'000};

// How long a list may take if its caller does not say, and if it does.
constexpr milliseconds list_time_default{10'000};
constexpr milliseconds list_time_max{60'000};

void meet_coordinator(self_pointer self, const named_actor& who) {
  self->state.owners.forget_revision();
  if (!who.actor)
    return;
  // No answer: it is gone, and the next one will be named.
  self
    ->request(caf::actor_cast<coordinator_actor>(who.actor), answer_timeout,
              subscribe_shards{caf::actor_cast<caf::strong_actor_ptr>(self)})
    .then([](caf::ok_atom) {}, [](const caf::error&) {});
}

// -- requests as operations ----------------------------------------------------------------------

template <class Request, class Response>
using change = Response (storage_transaction::*)(const Request&);

/// A request that waits for the commit. `Answer` is what its sender gets.
template <class Request, class Response, class Answer>
class requested_change final : public store_operation {
public:
  requested_change(self_pointer self, Request request, change<Request, Response> member,
                   caf::typed_response_promise<Answer> promise, caf::strong_actor_ptr writer)
      : self_{self},
        request_{std::move(request)},
        member_{member},
        promise_{std::move(promise)},
        writer_{std::move(writer)} {}

  durability wanted() const override { return durability_of<Request>; }
  std::size_t bytes() const override { return bytes_of(request_); }

  void apply(storage_transaction& transaction) override {
    if constexpr (std::is_void_v<Response>)
      (transaction.*member_)(request_);
    else
      answer_ = (transaction.*member_)(request_);
  }

  void answer(const result<void>& committed) override {
    if (!committed) {
      promise_.deliver(to_caf(committed.error()));
      return;
    }
    publish(self_, request_, answer_, writer_);
    promise_.deliver(std::move(answer_));
  }

private:
  self_pointer self_;
  Request request_;
  change<Request, Response> member_;
  caf::typed_response_promise<Answer> promise_;
  caf::strong_actor_ptr writer_;
  Answer answer_{};
};

void commit(self_pointer self) {
  auto& state = self->state;
  auto& counts = state.counts;
  if (state.pending.empty())
    return;
  add(counts.operations, state.pending.size());
  const auto begun = self->clock().now();
  auto outcome = state.pending.commit(*state.store);
  add(counts.durations,
      std::chrono::duration_cast<std::chrono::microseconds>(self->clock().now() - begun));
  counts.failures += outcome ? 0 : 1;
  if (outcome)
    return;
  spdlog::error("{}#{} could not store: {}", self->name(), self->id(), to_string(outcome.error()));
  // Opened again, the database shows whether it was stored.
  if (kind_of(outcome.error()) == failure_kind::unknown)
    self->send_exit(self, to_caf(outcome.error()));
}

/// Makes a handler that lets a request join the pending group.
template <class Part, class Request, class Response>
auto joins(self_pointer self, Response (Part::*part)(const Request&)) {
  const change<Request, Response> member = part;
  using answer = std::conditional_t<std::is_void_v<Response>, caf::ok_atom, Response>;
  return [self, member](Request& request) -> caf::result<answer> {
    auto writer = self->current_sender(); // before the promise takes it
    auto promise = self->template make_response_promise<answer>();
    auto& pending = self->state.pending;
    if (pending.empty())
      self->send(self, caf::flush_atom_v);
    pending.add(std::make_unique<requested_change<Request, Response, answer>>(
      self, std::move(request), member, promise, std::move(writer)));
    if (pending.full())
      commit(self);
    return promise;
  };
}

// -- readers -------------------------------------------------------------------------------------

result<void> add_reader(self_pointer self, const environment& env, read_lane& lane) {
  auto opened = self->state.store->open_reader();
  if (!opened)
    return tl::unexpected<error>{opened.error()};
  // The store is bound to the pointer, because a reader must not outlive it.
  auto source = std::shared_ptr<storage_reader>{
    opened->release(), [store = self->state.store](job_reader* x) { delete x; }};
  auto handle = spawn_blocking(*self, env, repository_reader, std::move(source));
  self->monitor(handle);
  lane.members.push_back({std::move(handle)});
  return {};
}

result<void> add_readers(self_pointer self, const environment& env, std::size_t count) {
  for (auto* lane : {&self->state.points, &self->state.lists})
    for (std::size_t i = 0; i < std::max<std::size_t>(1, count); ++i)
      if (auto added = add_reader(self, env, *lane); !added)
        return added;
  return {};
}

template <class Answer, class Request>
caf::result<Answer> pass_on(self_pointer self, read_lane& lane, const read_terms& terms,
                            milliseconds time, Request& request) {
  auto admitted = admit(self, lane, terms, time);
  if (!admitted)
    return to_caf(admitted.error());
  return self->delegate(admitted->reader, std::move(admitted->pass), std::move(request));
}

/// Makes a handler of reads by key.
template <class Answer, class Request>
auto reads_by_key(self_pointer self) {
  return [self](Request& request) {
    return pass_on<Answer>(self, self->state.points, {}, point_read_time, request);
  };
}

/// Makes a handler of lists.
template <class Answer, class Request>
auto reads_lists(self_pointer self) {
  return [self](Request& request) {
    const auto terms = request.terms;
    const auto time
      = terms.patience.count() > 0 ? std::min(terms.patience, list_time_max) : list_time_default;
    return pass_on<Answer>(self, self->state.lists, terms, time, request);
  };
}

void stop(self_pointer self, caf::error reason) {
  for (auto& x : self->state.followers.clear())
    x.answer.deliver(to_caf({errc::unavailable, "the repository ends; try again in a moment"}));
  commit(self);
  for (auto* lane : {&self->state.points, &self->state.lists})
    for (const auto& x : lane->members)
      self->send_exit(x.reader, caf::exit_reason::user_shutdown);
  self->quit(std::move(reason));
}

void ask_for_coordinator(self_pointer self, const receptionist_actor& receptionist) {
  if (!receptionist)
    return;
  self
    ->request(receptionist, answer_timeout,
              subscribe_name{"coordinator", caf::actor_cast<caf::strong_actor_ptr>(self)})
    .then([](caf::ok_atom) {}, [self](const caf::error& why) { stop(self, why); });
}

void replace_reader(self_pointer self, const environment& env, const caf::down_msg& down) {
  for (auto* lane : {&self->state.points, &self->state.lists}) {
    auto& all = lane->members;
    auto dead = std::find_if(all.begin(), all.end(),
                             [&](const auto& x) { return x.reader.address() == down.source; });
    if (dead == all.end())
      continue;
    log_down(self, "a reader", down);
    all.erase(dead);
    if (auto added = add_reader(self, env, *lane); !added)
      stop(self, to_caf(added.error()));
    return;
  }
}

} // namespace

committing_repository_actor::behavior_type
repository(self_pointer self, std::shared_ptr<storage_engine> store, repository_options options) {
  log_to_spdlog(self);
  self->state.store = std::move(store);
  self->set_exit_handler([self](caf::exit_msg& x) { stop(self, std::move(x.reason)); });
  self->set_down_handler(
    [self, env = options.env](const caf::down_msg& down) { replace_reader(self, env, down); });
  self->state.owner_lease = options.owner_lease;
  if (auto added = add_readers(self, options.env, options.readers); !added) {
    stop(self, to_caf(added.error()));
    return committing_repository_actor::behavior_type::make_empty_behavior();
  }
  ask_for_coordinator(self, options.receptionist);
  return {
    [self](caf::flush_atom) { commit(self); },
    joins(self, &job_transaction::open),
    joins(self, &job_transaction::insert),
    joins(self, &job_transaction::grant),
    joins(self, &job_transaction::end),
    joins(self, &job_transaction::promote),
    joins(self, &job_transaction::cancel),
    joins(self, &job_transaction::revive),
    joins(self, &job_transaction::move),
    joins(self, &job_transaction::purge),
    joins(self, &job_transaction::pause),
    joins(self, &record_transaction::declare),
    joins(self, &record_transaction::claim),
    joins(self, &record_transaction::write),
    joins(self, &storage_transaction::commit),
    joins(self, &record_transaction::trim),
    reads_by_key<ready_read, read_ready>(self),
    reads_by_key<jobs_found, get_jobs>(self),
    reads_lists<jobs_found, list_jobs>(self),
    reads_by_key<collections_read, read_collections>(self),
    reads_by_key<shards_stored, read_shards>(self),
    reads_by_key<records_read, read_records>(self),
    reads_lists<records_queried, query_records>(self),
    [self](const invalidate_keys& x) { return tell_owners(self, x); },
    [self](const abandon_read& x) { self->state.lists.gate.abandon(x); },
    [self](read_changes& request) { return follow_changes(self, request); },
    joins(self, &token_transaction::create),
    joins(self, &token_transaction::revoke),
    reads_by_key<tokens_read, read_tokens>(self),
    [self](const count_commits&) {
      self->state.counts.mailbox = mailbox_depth(*self);
      return self->state.counts;
    },
    [self](feed_atom) { end_waits(self); },
    [self](const named_actor& x) { meet_coordinator(self, x); },
    [self](const shard_map& x) { self->state.owners.learn(x); },
  };
}

} // namespace troupe
