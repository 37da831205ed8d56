// SPDX-License-Identifier: Apache-2.0
#include "tests/support/slow_repository.hpp"

#include <array>

namespace troupe::test {

namespace {

using self_pointer = slow_repository_actor::stateful_pointer<slow_repository_state>;

constexpr milliseconds patience{60'000};

// Of reads: mostly it is fast.
constexpr std::array<std::int64_t, 8> delays_ms{0, 0, 0, 0, 10, 20, 40, 100};

// Of one write in so many, at most so long: longer than a lease, and than its sender waits.
constexpr std::size_t late_writes = 40;
constexpr std::size_t late_write_max_ms = 4000;

std::size_t below(self_pointer self, std::size_t n) {
  return std::uniform_int_distribution<std::size_t>{0, n - 1}(self->state.random);
}

template <class Request>
auto passes(self_pointer self, repository_actor real) {
  return [self, real](Request& request) { return self->delegate(real, std::move(request)); };
}

void later(self_pointer self, milliseconds delay, std::function<void()> what) {
  auto& state = self->state;
  state.late.emplace(++state.last, std::move(what));
  self->delayed_send(self, delay, late_atom::value, state.last);
}

caf::result<records_read> read(self_pointer self, const repository_actor& real,
                               const read_records& request) {
  auto promise = self->make_response_promise<records_read>();
  self->request(real, patience, request)
    .then(
      [=](const records_read& x) {
        later(self, milliseconds{delays_ms[below(self, delays_ms.size())]},
              [=]() mutable { promise.deliver(x); });
      },
      [=](const caf::error& why) mutable { promise.deliver(why); });
  return promise;
}

/// As `delegate` does: the repository sees the sender, and answers it.
caf::result<records_written> write(self_pointer self, const repository_actor& real,
                                   write_records& request) {
  if (below(self, late_writes) > 0)
    return self->delegate(real, std::move(request));
  auto& element = *self->current_mailbox_element();
  auto passed = [self, sender = element.sender, id = element.mid,
                 to = caf::actor_cast<caf::strong_actor_ptr>(real),
                 what = caf::make_message(std::move(request))] {
    to->enqueue(sender, id, what, self->context());
  };
  element.mid.mark_as_answered();
  later(self, milliseconds{below(self, late_write_max_ms)}, passed);
  return caf::delegated<records_written>{};
}

} // namespace

slow_repository_actor::behavior_type slow_repository(self_pointer self, repository_actor real,
                                                     std::uint64_t seed) {
  self->state.random.seed(seed);
  return {
    passes<open_shard>(self, real),
    passes<insert_jobs>(self, real),
    passes<grant_leases>(self, real),
    passes<end_leases>(self, real),
    passes<promote_jobs>(self, real),
    passes<cancel_waiting>(self, real),
    passes<revive_jobs>(self, real),
    passes<move_dead_letters>(self, real),
    passes<purge_jobs>(self, real),
    passes<pause_queue>(self, real),
    passes<declare_collections>(self, real),
    passes<claim_shards>(self, real),
    [=](write_records& x) { return write(self, real, x); },
    passes<store_step>(self, real),
    passes<trim_records>(self, real),
    passes<invalidate_keys>(self, real),
    passes<read_ready>(self, real),
    passes<get_jobs>(self, real),
    passes<list_jobs>(self, real),
    passes<read_collections>(self, real),
    passes<read_shards>(self, real),
    [=](const read_records& x) { return read(self, real, x); },
    passes<query_records>(self, real),
    [=](const abandon_read& x) { self->send(real, x); },
    passes<read_changes>(self, real),
    passes<create_token>(self, real),
    passes<revoke_token>(self, real),
    passes<read_tokens>(self, real),
    [self](late_atom, std::uint64_t number) {
      auto answer = self->state.late.extract(number);
      answer.mapped()();
    },
  };
}

} // namespace troupe::test
