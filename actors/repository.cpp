#include "actors/repository.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <type_traits>

#include "actors/logging.hpp"
#include "actors/spawn.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

using self_pointer = committing_repository_actor::stateful_pointer<repository_state>;

// -- what the requests write ---------------------------------------------------------------------

constexpr std::size_t row_bytes = 64; // of what a change costs beside its texts

std::size_t bytes_of(const insert_jobs& x) {
  std::size_t bytes = 0;
  for (const auto& job : x.jobs)
    bytes += row_bytes + job.payload.size();
  return bytes;
}

std::size_t bytes_of(const end_leases& x) {
  std::size_t bytes = 0;
  for (const auto& end : x.ends)
    bytes += row_bytes + end.output.size();
  return bytes;
}

std::size_t bytes_of(const open_shard& x) {
  return x.queues.size() * row_bytes;
}

std::size_t bytes_of(const declare_collections& x) {
  return x.collections.size() * row_bytes;
}

std::size_t bytes_of(const claim_shards& x) {
  return x.shards.size() * row_bytes;
}

std::size_t bytes_of(const write_records& x) {
  std::size_t bytes = 0;
  for (const auto& write : x.writes)
    bytes += row_bytes + 2 * write.fields.size();
  return bytes;
}

std::size_t bytes_of(const store_step& x) {
  std::size_t bytes = row_bytes + x.end.output.size() + bytes_of(x.writes);
  for (const auto& jobs : x.jobs)
    bytes += bytes_of(jobs);
  return bytes;
}

std::size_t bytes_of(const grant_leases& x) {
  return x.grants.size() * row_bytes;
}

std::size_t bytes_of(const cancel_waiting& x) {
  return x.ids.size() * row_bytes;
}

std::size_t bytes_of(const revive_jobs& x) {
  return x.ids.size() * row_bytes;
}

template <class Limited>
requires requires(const Limited& x) {
  x.limit;
}
std::size_t bytes_of(const Limited& x) {
  return x.limit * row_bytes;
}

/// What is lost with the machine and is done again by its sender needs no flush.
template <class Request>
constexpr durability durability_of
  = std::is_same_v<
      Request,
      grant_leases> || std::is_same_v<Request, promote_jobs> || std::is_same_v<Request, purge_jobs>
      ? durability::process
      : durability::machine;

// -- requests as operations ----------------------------------------------------------------------

template <class Request, class Response>
using change = Response (storage_transaction::*)(const Request&);

/// A request that waits for the commit. `Answer` is what its sender gets.
template <class Request, class Response, class Answer>
class requested_change final : public store_operation {
public:
  requested_change(Request request, change<Request, Response> member,
                   caf::typed_response_promise<Answer> promise)
      : request_{std::move(request)},
        member_{member},
        promise_{std::move(promise)} {}

  durability wanted() const override { return durability_of<Request>; }
  std::size_t bytes() const override { return bytes_of(request_); }

  void apply(storage_transaction& transaction) override {
    if constexpr (std::is_void_v<Response>)
      (transaction.*member_)(request_);
    else
      answer_ = (transaction.*member_)(request_);
  }

  void answer(const result<void>& committed) override {
    if (committed)
      promise_.deliver(std::move(answer_));
    else
      promise_.deliver(to_caf(committed.error()));
  }

private:
  Request request_;
  change<Request, Response> member_;
  caf::typed_response_promise<Answer> promise_;
  Answer answer_{};
};

void commit(self_pointer self) {
  if (auto outcome = self->state.pending.commit(*self->state.store); !outcome)
    spdlog::error("{}#{} could not store: {}", self->name(), self->id(),
                  to_string(outcome.error()));
}

/// Makes a handler that lets a request join the pending group.
template <class Part, class Request, class Response>
auto joins(self_pointer self, Response (Part::*part)(const Request&)) {
  const change<Request, Response> member = part;
  using answer = std::conditional_t<std::is_void_v<Response>, caf::ok_atom, Response>;
  return [self, member](Request& request) -> caf::result<answer> {
    auto promise = self->template make_response_promise<answer>();
    auto& pending = self->state.pending;
    if (pending.empty())
      self->send(self, caf::flush_atom_v);
    pending.add(std::make_unique<requested_change<Request, Response, answer>>(std::move(request),
                                                                              member, promise));
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

const repository_reader_actor& next_reader(self_pointer self) {
  auto& state = self->state;
  state.next_reader = (state.next_reader + 1) % state.readers.size();
  return state.readers[state.next_reader];
}

template <class Request>
auto reads(self_pointer self) {
  return [self](Request& request) { return self->delegate(next_reader(self), std::move(request)); };
}

void stop(self_pointer self, caf::error reason) {
  commit(self);
  for (const auto& x : self->state.readers)
    self->send_exit(x, caf::exit_reason::user_shutdown);
  self->quit(std::move(reason));
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
    reads<read_changes>(self),
  };
}

} // namespace troupe
