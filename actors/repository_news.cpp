// SPDX-License-Identifier: Apache-2.0
#include "actors/repository_news.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <map>
#include <memory>
#include <utility>

#include "messages/error_category.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

// After which the disk counts as hung.
constexpr milliseconds read_timeout{60'000};

// The longest wait for a change, whatever the request says.
constexpr milliseconds feed_wait_max{60'000};

// -- following the feed ---------------------------------------------------------------------------

void deliver(change_readers::shared_read& read, const changes_read& found) {
  for (auto& x : read.readers)
    x.answer.deliver(found);
}

void arm(repository_pointer self) {
  auto& state = self->state;
  auto end = state.followers.next_end();
  if (!end || (state.feed_armed && *state.feed_armed <= *end))
    return;
  state.feed_armed = end;
  self->delayed_send(self, std::max(*end - self->clock().now(), caf::timespan{0}),
                     feed_atom::value);
}

void read_feed(repository_pointer self, change_readers::shared_read read);

void wait_for_change(repository_pointer self, change_readers::shared_read read) {
  std::vector<change_readers::reader> refused;
  if (auto again = self->state.followers.wait(std::move(read), refused))
    read_feed(self, std::move(*again));
  for (auto& x : refused)
    x.answer.deliver(
      to_caf({errc::overloaded, std::to_string(limits::change_readers_max)
                                  + " readers wait for changes already; try again in a moment"}));
  arm(self);
}

void read_feed(repository_pointer self, change_readers::shared_read read) {
  auto request = read.request;
  request.wait = milliseconds{0};
  auto shared = std::make_shared<change_readers::shared_read>(std::move(read));
  auto admitted = admit(self, self->state.points, {}, point_read_time);
  if (!admitted) {
    for (auto& x : shared->readers)
      x.answer.deliver(to_caf(admitted.error()));
    return;
  }
  self->request(admitted->reader, read_timeout, admitted->pass, std::move(request))
    .then(
      [self, shared](const changes_read& found) {
        if (!found.changes.empty() || found.too_old)
          return deliver(*shared, found);
        // Whoever asked for what comes from now on waits from here.
        shared->request.after = found.next;
        for (auto& x : shared->readers) {
          x.request.after = found.next;
          x.request.generation = found.generation;
        }
        wait_for_change(self, std::move(*shared));
      },
      [shared](const caf::error& why) {
        for (auto& x : shared->readers)
          x.answer.deliver(why);
      });
}

// -- telling of commits ---------------------------------------------------------------------------

using news = std::vector<std::pair<caf::strong_actor_ptr, invalidate_keys>>;

/// Sorts keys by their owners; those that nobody owns are left out.
class owners_told {
public:
  explicit owners_told(const shard_directory& owners) : owners_{owners} {}

  void add(changed_key key, const caf::strong_actor_ptr& knows) {
    auto owner = owners_.find(key.collection, key.id).owner;
    if (!owner || owner == knows)
      return;
    auto known
      = std::find_if(news_.begin(), news_.end(), [&](const auto& x) { return x.first == owner; });
    if (known == news_.end())
      known = news_.insert(known, {owner, {}});
    known->second.keys.push_back(std::move(key));
  }

  news take() { return std::move(news_); }

private:
  const shard_directory& owners_;
  news news_; // in order of the writes
};

} // namespace

void publish(repository_pointer self, const write_records& request, const records_written& answer,
             const caf::strong_actor_ptr& writer) {
  auto refused = [](const record_written& x) { return x.code != 0; };
  if (answer.code != 0 || answer.replayed
      || std::any_of(answer.results.begin(), answer.results.end(), refused))
    return;
  owners_told told{self->state.owners};
  std::map<std::string, std::uint64_t> sequences;
  for (std::size_t i = 0; i < std::min(request.writes.size(), answer.results.size()); ++i) {
    const auto& write = request.writes[i];
    auto sequence = answer.results[i].sequence;
    told.add({write.collection, write.id, sequence}, writer);
    auto& last = sequences[write.collection];
    last = std::max(last, sequence);
  }
  for (auto& [owner, changed] : told.take())
    // Anonymous: the owner's answer is for those who wait for it.
    caf::anon_send(caf::actor_cast<cache_actor>(owner), std::move(changed));
  for (const auto& [collection, sequence] : sequences)
    for (auto& read : self->state.followers.commit(collection, sequence))
      read_feed(self, std::move(read));
}

void publish(repository_pointer self, const store_step& request, const step_stored& answer,
             const caf::strong_actor_ptr& writer) {
  if (!answer.lost)
    publish(self, request.writes, answer.written, writer);
}

caf::result<caf::ok_atom> tell_owners(repository_pointer self, const invalidate_keys& request) {
  owners_told told{self->state.owners};
  for (const auto& key : request.keys)
    told.add(key, nullptr);
  auto owners = told.take();
  if (owners.empty())
    return caf::ok_atom::value;
  auto promise = self->make_response_promise<caf::ok_atom>();
  auto open = std::make_shared<std::size_t>(owners.size());
  auto done = [open, promise]() mutable {
    if (--*open == 0)
      promise.deliver(caf::ok_atom::value);
  };
  // Those who do not confirm are gone, and their lease is over by then.
  for (auto& [owner, changed] : owners)
    self->request(caf::actor_cast<cache_actor>(owner), self->state.owner_lease, std::move(changed))
      .then([done](caf::ok_atom) mutable { done(); },
            [done](const caf::error&) mutable { done(); });
  return promise;
}

result<admitted_read> admit(repository_pointer self, read_lane& lane, const read_terms& terms,
                            milliseconds patience) {
  auto pass = lane.gate.enter(terms, self->clock().now() + patience);
  if (!pass)
    return tl::unexpected{pass.error()};
  // The one with fewest reads; those that have as many take turns.
  auto& all = lane.members;
  const auto* best = &all[++lane.next % all.size()];
  for (std::size_t i = 1; i < all.size(); ++i)
    if (const auto& x = all[(lane.next + i) % all.size()];
        x.load.use_count() < best->load.use_count())
      best = &x;
  (**pass).counted.push_back(best->load);
  return admitted_read{std::move(*pass), best->reader};
}

caf::result<changes_read> follow_changes(repository_pointer self, read_changes& request) {
  if (request.wait.count() <= 0) {
    auto admitted = admit(self, self->state.points, {}, point_read_time);
    if (!admitted)
      return to_caf(admitted.error());
    return self->delegate(admitted->reader, std::move(admitted->pass), std::move(request));
  }
  auto promise = self->make_response_promise<changes_read>();
  auto until = self->clock().now() + std::min(request.wait, feed_wait_max);
  read_feed(self, self->state.followers.begin({std::move(request), until, promise}));
  return promise;
}

void end_waits(repository_pointer self) {
  self->state.feed_armed.reset();
  for (auto& x : self->state.followers.expire(self->clock().now()))
    x.answer.deliver(changes_read{{}, x.request.after, false, x.request.generation});
  arm(self);
}

} // namespace troupe
