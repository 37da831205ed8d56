// SPDX-License-Identifier: Apache-2.0
#include "actors/repository.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <map>
#include <spdlog/spdlog.h>
#include <type_traits>

#include "actors/logging.hpp"
#include "actors/mailbox_depth.hpp"
#include "actors/request_cost.hpp"
#include "actors/spawn.hpp"
#include "messages/error_category.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

using self_pointer = committing_repository_actor::stateful_pointer<repository_state>;

// The longest wait for a change, whatever the request says.
constexpr milliseconds wait_max{60'000};

// After which the disk counts as hung.
constexpr milliseconds read_timeout{60'000};

const repository_reader_actor& next_reader(self_pointer self) {
  auto& state = self->state;
  state.next_reader = (state.next_reader + 1) % state.readers.size();
  return state.readers[state.next_reader];
}

// -- following the feed ---------------------------------------------------------------------------

void deliver(change_readers::shared_read& read, const changes_read& found) {
  for (auto& x : read.readers)
    x.answer.deliver(found);
}

void arm(self_pointer self) {
  auto& state = self->state;
  auto end = state.followers.next_end();
  if (!end || (state.feed_armed && *state.feed_armed <= *end))
    return;
  state.feed_armed = end;
  self->delayed_send(self, std::max(*end - self->clock().now(), caf::timespan{0}),
                     feed_atom::value);
}

void read_feed(self_pointer self, change_readers::shared_read read);

void wait_for_change(self_pointer self, change_readers::shared_read read) {
  std::vector<change_readers::reader> refused;
  if (auto again = self->state.followers.wait(std::move(read), refused))
    read_feed(self, std::move(*again));
  for (auto& x : refused)
    x.answer.deliver(
      to_caf({errc::overloaded, std::to_string(limits::change_readers_max)
                                  + " readers wait for changes already; try again in a moment"}));
  arm(self);
}

void read_feed(self_pointer self, change_readers::shared_read read) {
  auto request = read.request;
  request.wait = milliseconds{0};
  auto shared = std::make_shared<change_readers::shared_read>(std::move(read));
  self->request(next_reader(self), read_timeout, std::move(request))
    .then(
      [self, shared](const changes_read& found) {
        if (found.changes.empty() && !found.too_old)
          wait_for_change(self, std::move(*shared));
        else
          deliver(*shared, found);
      },
      [shared](const caf::error& why) {
        for (auto& x : shared->readers)
          x.answer.deliver(why);
      });
}

caf::result<changes_read> follow(self_pointer self, read_changes& request) {
  if (request.wait.count() <= 0)
    return self->delegate(next_reader(self), std::move(request));
  auto promise = self->make_response_promise<changes_read>();
  auto until = self->clock().now() + std::min(request.wait, wait_max);
  read_feed(self, self->state.followers.begin({std::move(request), until, promise}));
  return promise;
}

void end_waits(self_pointer self) {
  self->state.feed_armed.reset();
  for (auto& x : self->state.followers.expire(self->clock().now()))
    x.answer.deliver(changes_read{{}, x.request.after, false});
  arm(self);
}

// -- telling of commits ---------------------------------------------------------------------------

template <class Request, class Answer>
void publish(self_pointer, const Request&, const Answer&, const caf::strong_actor_ptr&) {}

void publish(self_pointer self, const write_records& request, const records_written& answer,
             const caf::strong_actor_ptr& writer) {
  auto refused = [](const record_written& x) { return x.code != 0; };
  if (answer.code != 0 || answer.replayed
      || std::any_of(answer.results.begin(), answer.results.end(), refused))
    return;
  std::vector<std::pair<caf::strong_actor_ptr, invalidate_keys>> news; // in order of the writes
  std::map<std::string, std::uint64_t> sequences;
  for (std::size_t i = 0; i < std::min(request.writes.size(), answer.results.size()); ++i) {
    const auto& write = request.writes[i];
    auto sequence = answer.results[i].sequence;
    auto owner = self->state.owners.find(write.collection, write.id).owner;
    if (owner && owner != writer) {
      auto known
        = std::find_if(news.begin(), news.end(), [&](const auto& x) { return x.first == owner; });
      if (known == news.end())
        known = news.insert(known, {owner, {}});
      known->second.keys.push_back({write.collection, write.id, sequence});
    }
    auto& last = sequences[write.collection];
    last = std::max(last, sequence);
  }
  for (auto& [owner, changed] : news)
    // Anonymous: the owner's answer is for those who wait for it.
    caf::anon_send(caf::actor_cast<cache_actor>(owner), std::move(changed));
  for (const auto& [collection, sequence] : sequences)
    for (auto& read : self->state.followers.commit(collection, sequence))
      read_feed(self, std::move(read));
}

void publish(self_pointer self, const store_step& request, const step_stored& answer,
             const caf::strong_actor_ptr& writer) {
  if (!answer.lost)
    publish(self, request.writes, answer.written, writer);
}

void meet_coordinator(self_pointer self, const named_actor& who) {
  self->state.owners.forget_revision();
  if (!who.actor)
    return;
  // No answer: it is gone, and the next one will be named.
  self
    ->request(caf::actor_cast<coordinator_actor>(who.actor), read_timeout,
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
  if (!outcome)
    spdlog::error("{}#{} could not store: {}", self->name(), self->id(),
                  to_string(outcome.error()));
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

struct reader_state {
  static inline const char* name = "repository_reader";
};

template <class T>
caf::result<T> answer_of(result<T> x) {
  if (!x)
    return to_caf(x.error());
  return std::move(*x);
}

repository_reader_actor::behavior_type
reader(repository_reader_actor::stateful_pointer<reader_state> self,
       std::shared_ptr<storage_reader> source) {
  log_to_spdlog(self);
  return {
    [source](const read_ready& request) { return answer_of(source->ready(request)); },
    [source](const get_jobs& request) { return answer_of(source->get(request)); },
    [source](const list_jobs& request) { return answer_of(source->list(request)); },
    [source](const read_collections& x) { return answer_of(source->collections(x)); },
    [source](const read_shards& request) { return answer_of(source->shards(request)); },
    [source](const read_records& request) { return answer_of(source->read(request)); },
    [source](const query_records& request) { return answer_of(source->select(request)); },
    [source](const read_changes& request) { return answer_of(source->changes(request)); },
    [source](const read_tokens& request) { return answer_of(source->tokens(request)); },
  };
}

result<void> add_reader(self_pointer self, const environment& env) {
  auto opened = self->state.store->open_reader();
  if (!opened)
    return tl::unexpected<error>{opened.error()};
  // The store is bound to the pointer, because a reader must not outlive it.
  auto source = std::shared_ptr<storage_reader>{
    opened->release(), [store = self->state.store](job_reader* x) { delete x; }};
  auto handle = spawn_blocking(*self, env, reader, std::move(source));
  self->monitor(handle);
  self->state.readers.push_back(std::move(handle));
  return {};
}

template <class Request>
auto reads(self_pointer self) {
  return [self](Request& request) { return self->delegate(next_reader(self), std::move(request)); };
}

void stop(self_pointer self, caf::error reason) {
  for (auto& x : self->state.followers.clear())
    x.answer.deliver(to_caf({errc::unavailable, "the repository ends; try again in a moment"}));
  commit(self);
  for (const auto& x : self->state.readers)
    self->send_exit(x, caf::exit_reason::user_shutdown);
  self->quit(std::move(reason));
}

void ask_for_coordinator(self_pointer self, const receptionist_actor& receptionist) {
  if (!receptionist)
    return;
  self
    ->request(receptionist, read_timeout,
              subscribe_name{"coordinator", caf::actor_cast<caf::strong_actor_ptr>(self)})
    .then([](caf::ok_atom) {}, [self](const caf::error& why) { stop(self, why); });
}

void replace_reader(self_pointer self, const environment& env, const caf::down_msg& down) {
  auto& readers = self->state.readers;
  auto dead = std::find_if(readers.begin(), readers.end(),
                           [&](const auto& x) { return x.address() == down.source; });
  if (dead == readers.end())
    return;
  log_down(self, "a reader", down);
  readers.erase(dead);
  if (auto added = add_reader(self, env); !added)
    stop(self, to_caf(added.error()));
}

} // namespace

committing_repository_actor::behavior_type
repository(self_pointer self, std::shared_ptr<storage_engine> store, repository_options options) {
  log_to_spdlog(self);
  self->state.store = std::move(store);
  self->set_exit_handler([self](caf::exit_msg& x) { stop(self, std::move(x.reason)); });
  self->set_down_handler(
    [self, env = options.env](const caf::down_msg& down) { replace_reader(self, env, down); });
  for (std::size_t i = 0; i < std::max<std::size_t>(1, options.readers); ++i)
    if (auto added = add_reader(self, options.env); !added) {
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
    reads<read_ready>(self),
    reads<get_jobs>(self),
    reads<list_jobs>(self),
    reads<read_collections>(self),
    reads<read_shards>(self),
    reads<read_records>(self),
    reads<query_records>(self),
    [self](read_changes& request) { return follow(self, request); },
    joins(self, &token_transaction::create),
    joins(self, &token_transaction::revoke),
    reads<read_tokens>(self),
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
