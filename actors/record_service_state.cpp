// SPDX-License-Identifier: Apache-2.0
#include "actors/record_service_state.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/logging.hpp"
#include "actors/record_cursor.hpp"
#include "actors/record_query.hpp"
#include "actors/repeatable.hpp"
#include "messages/error_category.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

// How long a call that met no owner waits, if no news come earlier.
constexpr milliseconds retry_pause{50};

// A map may get lost with a connection; whoever waits asks for it again this often.
constexpr milliseconds subscribe_pause{1000};

// Of a list of few fields: as often the store is asked for records of half a MiB together.
constexpr std::uint32_t page_parts_max = 32;

/// Records that were changed last before a time, whether they were removed yet or not.
void leave_out(std::vector<filter_step>& filter, timestamp before) {
  const bool alone = filter.empty();
  filter.push_back({filter_operator::greater, "updated_at", {'"' + rfc3339(before) + '"'}});
  if (!alone)
    filter.push_back({filter_operator::both, {}, {}});
}

error unknown_collection(const std::string& name) {
  return {errc::unknown_collection, "no collection '" + name + "' is declared"};
}

} // namespace

result<void> record_service_state::start(record_service_options options) {
  options_ = std::move(options);
  ids_.emplace(options_.env.seed());
  for (auto& settings : options_.collections) {
    auto rules = collection_rules::make(settings);
    if (!rules)
      return failure(rules.error().code,
                     "collection '" + settings.name + "': " + rules.error().text);
    rules_.emplace(settings.name, std::move(*rules));
  }
  const auto own = caf::actor_cast<caf::strong_actor_ptr>(self_);
  const auto failed = [this](const caf::error& why) {
    spdlog::error("{}#{}: its receptionist refused: {}", self_->name(), self_->id(),
                  to_string(from_caf(why)));
    self_->quit(why);
  };
  const auto& receptionist = options_.receptionist;
  for (const auto* wanted : {"coordinator", "repository", "dispatcher"})
    self_->request(receptionist, options_.request_timeout, subscribe_name{wanted, own})
      .then([](caf::ok_atom) {}, failed);
  self_->request(receptionist, options_.request_timeout, register_name{options_.name, own})
    .then([](caf::ok_atom) {}, failed);
  return {};
}

// -- what it hears of the others -----------------------------------------------------------------

void record_service_state::follow(const named_actor& x) {
  // What the last one has not answered is given up at once: nobody will answer it.
  const auto lose = [this, &x](const auto& last) {
    const auto handle = caf::actor_cast<caf::strong_actor_ptr>(last);
    if (handle && handle != x.actor) // as pointers: a new connection's handle equals the dead one
      deadlines_.lose(self_, handle);
  };
  if (x.name == "repository") {
    lose(repository_);
    repository_ = caf::actor_cast<repository_actor>(x.actor);
  } else if (x.name == "dispatcher") {
    lose(dispatcher_);
    dispatcher_ = caf::actor_cast<dispatcher_actor>(x.actor);
  } else if (x.name == "coordinator") {
    coordinator_ = caf::actor_cast<coordinator_actor>(x.actor);
    directory_.forget_revision();
    subscribe();
  }
  if (x.actor)
    waiting_.run(now());
}

void record_service_state::subscribe() {
  subscribed_ = false;
  if (!coordinator_)
    return;
  subscribed_at_ = now();
  self_
    ->request(coordinator_, options_.request_timeout,
              subscribe_shards{caf::actor_cast<caf::strong_actor_ptr>(self_)})
    .then([this](caf::ok_atom) { subscribed_ = true; },
          [this](const caf::error& why) {
            spdlog::debug("{}#{}: the coordinator refused: {}", self_->name(), self_->id(),
                          to_string(from_caf(why)));
            tick_soon();
          });
}

void record_service_state::learn(const shard_map& x) {
  const auto& sender = self_->current_sender();
  if (sender && coordinator_ && sender != caf::actor_cast<caf::strong_actor_ptr>(coordinator_))
    return; // from one that was replaced
  if (!directory_.learn(x))
    return;
  std::set<caf::actor_addr> owners;
  for (const auto& owner : directory_.owners()) {
    owners.insert(caf::actor_cast<caf::actor_addr>(owner));
    if (owner && monitored_.insert(caf::actor_cast<caf::actor_addr>(owner)).second)
      self_->monitor(caf::actor_cast<cache_actor>(owner));
  }
  for (auto i = monitored_.begin(); i != monitored_.end();)
    if (owners.contains(*i)) {
      ++i;
    } else {
      self_->demonitor(*i);
      i = monitored_.erase(i);
    }
  waiting_.run(now());
}

void record_service_state::owner_down(const caf::down_msg& down) {
  monitored_.erase(down.source);
  for (const auto& owner : directory_.owners())
    if (owner && caf::actor_cast<caf::actor_addr>(owner) == down.source)
      deadlines_.lose(self_, owner);
  if (directory_.lose(down.source))
    log_down(self_, "a cache", down);
}

void record_service_state::tick() {
  tick_pending_ = false;
  if ((waiting_.size() > 0 || !subscribed_) && now() - subscribed_at_ >= subscribe_pause)
    subscribe();
  waiting_.run(now());
  if (waiting_.size() > 0 || (coordinator_ && !subscribed_))
    tick_soon();
}

void record_service_state::tick_soon() {
  if (!std::exchange(tick_pending_, true))
    self_->delayed_send(self_, retry_pause, caf::tick_atom_v);
}

void record_service_state::wait(time_point deadline, std::function<void()> again,
                                std::function<void()> give_up) {
  if (now() >= deadline || waiting_.size() >= limits::cache_requests_max) {
    give_up();
    return;
  }
  waiting_.add({deadline, std::move(again), std::move(give_up)});
  tick_soon();
}

milliseconds record_service_state::left(time_point deadline) const {
  const auto remaining = std::chrono::duration_cast<milliseconds>(deadline - now());
  return std::max(remaining, milliseconds{1});
}

const collection_rules* record_service_state::find_rules(const std::string& collection) const {
  const auto known = rules_.find(collection);
  return known == rules_.end() ? nullptr : &known->second;
}

result<checked_change> record_service_state::check(const change_record& x) {
  const auto* rules = find_rules(x.collection);
  if (rules == nullptr)
    return tl::unexpected<error>{unknown_collection(x.collection)};
  if (x.idempotency_key.size() > limits::idempotency_key_bytes_max
      || x.caller.size() > caller_bytes_max)
    return failure(errc::invalid_argument, "an idempotency key has at most "
                                             + std::to_string(limits::idempotency_key_bytes_max)
                                             + " bytes");
  const bool needs_id = x.id.empty() && x.verb == record_verb::create;
  return rules->check(x, needs_id ? ids_->next(options_.env.now()) : std::string{});
}

std::string record_service_state::key_scope(const std::string& caller,
                                            const std::string& collection) {
  return caller + '\n' + collection;
}

bool record_service_state::is_over(const std::string& collection, const record& x) const {
  const auto* rules = find_rules(collection);
  return rules != nullptr && rules->settings().ttl.count() > 0
         && x.updated_at + rules->settings().ttl <= options_.env.now();
}

template <class Reply, class Request, class Answer, class Promise>
void record_service_state::ask_repository(Request request, time_point until, Answer answer,
                                          Promise promise) {
  auto again = [this, request, until, answer, promise] {
    ask_repository<Reply>(request, until, answer, promise);
  };
  auto give_up = [promise]() mutable {
    promise.deliver(to_caf({errc::unavailable, "the database does not answer"}));
  };
  if (!repository_) {
    wait(until, std::move(again), std::move(give_up));
    return;
  }
  deadlines_.request<Reply>(self_, repository_, left(until), std::move(request), std::move(answer),
                            [this, until, again, give_up, promise](const caf::error& why) mutable {
                              const auto reason = from_caf(why);
                              if (reason.code == errc::unavailable)
                                wait(until, std::move(again), std::move(give_up));
                              else
                                promise.deliver(to_caf(reason));
                            });
}

// -- looking -------------------------------------------------------------------------------------

caf::result<records_page> record_service_state::list(const list_records& x) {
  const auto* rules = find_rules(x.collection);
  if (rules == nullptr)
    return to_caf(unknown_collection(x.collection));
  if (!x.search.empty() && rules->settings().search.empty())
    return to_caf({errc::invalid_argument, "'" + x.collection + "' has no fields to search in"});
  auto made = read_query(x, [rules](std::string_view path) { return rules->knows_field(path); });
  if (!made)
    return to_caf(made.error());
  if (const auto ttl = rules->settings().ttl; ttl.count() > 0)
    leave_out(made->query.filter, options_.env.now() - ttl);
  auto listed = std::make_shared<listing>();
  listed->request = x;
  listed->query = std::move(made->query);
  listed->fields = std::move(made->fields);
  listed->deadline = deadline();
  listed->promise = self_->make_response_promise<records_page>();
  read_page(listed);
  return listed->promise;
}

void record_service_state::read_page(const listing_pointer& x) {
  auto query = x->query;
  query.limit -= static_cast<std::uint32_t>(x->page.records.size());
  limit_time(query.terms, left(x->deadline));
  ask_repository<records_queried>(
    std::move(query), x->deadline, [this, x](records_queried& read) { take_page(x, read); },
    x->promise);
}

void record_service_state::take_page(const listing_pointer& x, records_queried& read) {
  auto& page = x->page;
  if (x->parts++ == 0) {
    if (read.sequence < x->request.at_least) {
      x->promise.deliver(to_caf({errc::unavailable, "the list is older than it was asked to be: "
                                                      + std::to_string(read.sequence)}));
      return;
    }
    page.count = read.count;
    page.sequence = read.sequence;
    page.generation = read.generation;
    x->query.count = false;
  }
  for (auto& one : read.records) {
    if (!x->fields.empty())
      one.fields = only_fields(one.fields, x->fields);
    x->bytes += one.id.size() + one.fields.size();
    page.records.push_back(std::move(one));
  }
  // The store bounds the bytes that it reads at once; what counts is what is left of them.
  const bool room = page.records.size() < x->query.limit && x->bytes < limits::message_bytes_max;
  if (!read.last.empty() && !x->fields.empty() && room && x->parts < page_parts_max) {
    x->query.after = std::move(read.last);
    return read_page(x);
  }
  if (!read.last.empty())
    page.next = write_cursor(x->request, read.last, read.generation);
  if (page.next.size() > limits::cursor_bytes_max)
    x->promise.deliver(to_caf({errc::invalid_argument, "sort: the values are too long for a "
                                                       "cursor; sort by another field"}));
  else
    x->promise.deliver(std::move(page));
}

caf::result<changes_read> record_service_state::changes(read_changes& x) {
  if (find_rules(x.collection) == nullptr)
    return to_caf(unknown_collection(x.collection));
  if (x.limit > limits::page_records_max)
    return to_caf({errc::invalid_argument, "at most " + std::to_string(limits::page_records_max)
                                             + " changes are read at once"});
  if (x.wait < milliseconds{0} || x.wait > changes_wait_max)
    return to_caf(
      {errc::invalid_argument,
       "a reader waits at most " + std::to_string(changes_wait_max.count()) + " milliseconds"});
  if (x.limit == 0)
    x.limit = static_cast<std::uint32_t>(limits::page_records_default);
  auto promise = self_->make_response_promise<changes_read>();
  const auto until = deadline() + x.wait;
  ask_repository<changes_read>(
    std::move(x), until,
    [promise](changes_read& read) mutable { promise.deliver(std::move(read)); }, promise);
  return promise;
}

caf::result<collections_listed> record_service_state::collections() {
  auto promise = self_->make_response_promise<collections_listed>();
  auto answer = [this, promise](collections_read& read) mutable {
    collections_listed listed;
    listed.generation = read.generation;
    for (auto& x : read.collections)
      if (find_rules(x.declaration.name) != nullptr)
        listed.collections.push_back(std::move(x));
    promise.deliver(std::move(listed));
  };
  ask_repository<collections_read>(read_collections{}, deadline(), std::move(answer), promise);
  return promise;
}

caf::result<caches_listed> record_service_state::caches() {
  struct roll_call {
    caches_listed answer;
    std::size_t open = 0;
  };
  auto promise = self_->make_response_promise<caches_listed>();
  auto call = std::make_shared<roll_call>();
  auto count = [call, promise]() mutable {
    if (--call->open == 0)
      promise.deliver(std::move(call->answer));
  };
  std::vector<cache_actor> owners;
  for (const auto& x : directory_.owners())
    if (x)
      owners.push_back(caf::actor_cast<cache_actor>(x));
  if (owners.empty())
    return caches_listed{};
  call->open = owners.size();
  for (const auto& x : owners)
    self_->request(x, options_.request_timeout / 2, describe_cache{})
      .then(
        [call, count](cache_described& one) mutable {
          call->answer.caches.push_back(std::move(one));
          count();
        },
        [count](const caf::error&) mutable { count(); });
  return promise;
}

} // namespace troupe
