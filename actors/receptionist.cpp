// SPDX-License-Identifier: Apache-2.0
#include "actors/receptionist.hpp"

#include <algorithm>
#include <caf/exit_reason.hpp>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/backoff.hpp"
#include "actors/error_text.hpp"
#include "actors/logging.hpp"

namespace troupe {

namespace {

// Fast at first: the usual reason is a control node that restarts. Never slow: however long that
// takes, everything is to work again a moment after it.
constexpr backoff_settings rejoin{
  .base = milliseconds{100}, .factor = 2, .max = milliseconds{1000}};

// For what a retry cannot cure soon.
constexpr backoff_settings rejoin_slowly{
  .base = milliseconds{5000}, .factor = 1, .max = milliseconds{5000}};

constexpr milliseconds introduction_interval{5000};

// Of what clients say that they have changed.
constexpr std::size_t change_by_bytes_max = 120;
constexpr std::size_t change_bytes_max = 500;

bool is_hopeless(errc code) {
  return code == errc::incompatible_version || code == errc::invalid_argument;
}

} // namespace

void receptionist_state::start(receptionist_options options) {
  options_ = std::move(options);
  members_.emplace(options_.self);
  random_.seed(options_.env.seed());
  announced_ = members_->announcement();
  if (!options_.seeds.empty())
    connect();
}

// -- towards a seed
// --------------------------------------------------------------------------------

void receptionist_state::step(std::uint64_t attempt) {
  if (attempt != attempt_)
    return;
  if (hub_)
    introduce();
  else
    connect();
}

void receptionist_state::connect() {
  const auto& seed = options_.seeds[next_seed_ % options_.seeds.size()];
  // Twice the time: the connector has its own time-out and a better text.
  self_->request(options_.connector, 2 * options_.request_timeout, caf::connect_atom_v, seed)
    .then(
      [this, attempt = attempt_](const caf::strong_actor_ptr& found) {
        if (attempt != attempt_)
          return;
        hub_ = caf::actor_cast<receptionist_actor>(found);
        self_->monitor(hub_);
        introduce();
      },
      [this, attempt = attempt_](const caf::error& why) {
        if (attempt == attempt_)
          retry(from_caf(why));
      });
}

void receptionist_state::introduce() {
  auto introduction = members_->introduction(caf::actor_cast<caf::strong_actor_ptr>(self_));
  introduced_ = introduction.names;
  self_->request(hub_, options_.request_timeout, std::move(introduction))
    .then(
      [this, attempt = attempt_](const directory& x) {
        if (attempt == attempt_)
          joined(x);
      },
      [this, attempt = attempt_](const caf::error& why) {
        if (attempt == attempt_)
          refused(from_caf(why));
      });
}

void receptionist_state::joined(const directory& x) {
  if (!std::exchange(joined_, true)) {
    failures_ = 0;
    last_problem_.clear();
    spdlog::info("joined node '{}' at {}", x.nodes.empty() ? std::string{} : x.nodes.front().name,
                 options_.seeds[next_seed_ % options_.seeds.size()]);
  }
  self_->delayed_send(self_, introduction_interval, caf::tick_atom_v, attempt_);
  members_->learn(x);
  tell_changes();
}

void receptionist_state::refused(const error& why) {
  // A joined node that is slow to answer may be busy. If it is gone, its link tells.
  if (joined_ && why.code == errc::timed_out) {
    self_->delayed_send(self_, introduction_interval, caf::tick_atom_v, attempt_);
    return;
  }
  self_->demonitor(hub_.address());
  lose_hub();
  retry(why);
}

void receptionist_state::lose_hub() {
  hub_ = nullptr;
  joined_ = false;
  members_->lose_directory_sender();
  tell_changes();
}

void receptionist_state::retry(const error& why) {
  auto text = to_string(why);
  if (std::exchange(last_problem_, text) != text)
    spdlog::warn("cannot join {}, will try again: {}",
                 options_.seeds[next_seed_ % options_.seeds.size()], text);
  ++attempt_;
  ++next_seed_;
  ++failures_;
  auto delay = backoff_delay(is_hopeless(why.code) ? rejoin_slowly : rejoin, failures_, random_);
  self_->delayed_send(self_, delay, caf::tick_atom_v, attempt_);
}

void receptionist_state::learn(const directory& x) {
  if (!joined_ || self_->current_sender() != hub_)
    return;
  members_->learn(x);
  tell_changes();
}

// -- members
// ---------------------------------------------------------------------------------------

caf::result<directory> receptionist_state::admit(const join_cluster& x) {
  auto known = members_->receptionist_of(x.node.name);
  if (auto why = members_->admit(x)) {
    if (std::exchange(last_refusal_, why->text) != why->text)
      spdlog::warn("refused a node: {}", to_string(*why));
    return to_caf(*why);
  }
  // Compared as pointers: a new connection has a new proxy that equals the dead one.
  if (known.get() != x.receptionist.get()) {
    self_->monitor(x.receptionist);
    spdlog::info("node '{}' joined, process {}", x.node.name, x.node.pid);
  }
  tell_changes();
  return announced_;
}

void receptionist_state::down(const caf::down_msg& down) {
  if (hub_ && hub_.address() == down.source) {
    lose_hub();
    retry({errc::unavailable, "connection lost: " + reason_text(down.reason)});
  }
  if (auto lost = members_->erase_member(down.source))
    spdlog::log(down.reason == caf::exit_reason::user_shutdown ? spdlog::level::info
                                                               : spdlog::level::warn,
                "node '{}' left: {}", lost->name, reason_text(down.reason));
  members_->erase_local(down.source);
  unsubscribe(names_, down.source);
  unsubscribe(groups_, down.source);
  tell_changes();
}

// -- names
// -----------------------------------------------------------------------------------------

caf::result<caf::ok_atom> receptionist_state::add_name(const register_name& x) {
  if (auto why = members_->add_local(x))
    return to_caf(*why);
  self_->monitor(x.actor);
  tell_changes();
  return caf::ok_atom_v;
}

void receptionist_state::find_now(const std::string& wanted, named_actor& found) const {
  found = members_->find(wanted);
}

void receptionist_state::find_now(const std::string& wanted, named_group& found) const {
  found = members_->find_group(wanted);
}

template <class Answer, class Listener>
caf::result<caf::ok_atom> receptionist_state::subscribe(subscriptions<Answer, Listener>& to,
                                                        const std::string& wanted,
                                                        const caf::strong_actor_ptr& subscriber) {
  if (!subscriber)
    return to_caf({errc::invalid_argument, "a subscription needs a subscriber"});
  self_->monitor(subscriber);
  auto [entry, fresh] = to.try_emplace(wanted);
  auto& [last, subscribers] = entry->second;
  if (fresh)
    find_now(wanted, last);
  // As pointers, see `admit`.
  auto same = [&](const auto& y) {
    return caf::actor_cast<caf::strong_actor_ptr>(y).get() == subscriber.get();
  };
  auto listener = caf::actor_cast<Listener>(subscriber);
  if (std::none_of(subscribers.begin(), subscribers.end(), same))
    subscribers.push_back(listener);
  self_->send(listener, last);
  return caf::ok_atom_v;
}

template <class Answer, class Listener>
void receptionist_state::tell(subscriptions<Answer, Listener>& to) {
  for (auto& [wanted, x] : to) {
    Answer current;
    find_now(wanted, current);
    if (current == x.last)
      continue;
    x.last = std::move(current);
    for (const auto& subscriber : x.subscribers)
      self_->send(subscriber, x.last);
  }
}

template <class Answer, class Listener>
void receptionist_state::unsubscribe(subscriptions<Answer, Listener>& from,
                                     const caf::actor_addr& subscriber) {
  for (auto& [wanted, x] : from)
    std::erase_if(x.subscribers, [&](const auto& y) { return y.address() == subscriber; });
  std::erase_if(from, [](const auto& entry) { return entry.second.subscribers.empty(); });
}

caf::result<caf::ok_atom> receptionist_state::add_subscriber(const subscribe_name& x) {
  return subscribe(names_, x.name, x.subscriber);
}

caf::result<caf::ok_atom> receptionist_state::add_subscriber(const subscribe_group& x) {
  return subscribe(groups_, x.prefix, x.subscriber);
}

caf::result<named_actor> receptionist_state::find(const std::string& wanted) const {
  auto found = members_->find(wanted);
  if (!found.actor)
    return to_caf({errc::unavailable, "nobody answers to the name '" + wanted + "'"});
  return found;
}

void receptionist_state::tell_changes() {
  tell(names_);
  tell(groups_);
  if (auto announcement = members_->announcement(); announcement != announced_) {
    announced_ = std::move(announcement);
    for (const auto& member : members_->receptionists())
      self_->send(caf::actor_cast<receptionist_actor>(member), announced_);
  }
  if (joined_ && members_->introduction(nullptr).names != introduced_) {
    ++attempt_; // the running one is out of date
    introduce();
  }
}

receptionist_shell::behavior_type
receptionist(receptionist_shell::stateful_pointer<receptionist_state> self,
             receptionist_options options) {
  log_to_spdlog(self);
  self->set_down_handler([self](caf::down_msg& x) { self->state.down(x); });
  self->state.start(std::move(options));
  return {
    [self](const join_cluster& x) { return self->state.admit(x); },
    [self](const directory& x) { self->state.learn(x); },
    [self](const register_name& x) { return self->state.add_name(x); },
    [self](const subscribe_name& x) { return self->state.add_subscriber(x); },
    [self](const subscribe_group& x) { return self->state.add_subscriber(x); },
    [self](const find_name& x) { return self->state.find(x.name); },
    [self](const list_nodes&) { return nodes_listed{self->state.nodes()}; },
    [](const note_change& x) {
      spdlog::info("audit: {}: {}", error_text(x.by, change_by_bytes_max),
                   error_text(x.what, change_bytes_max));
      return caf::ok_atom::value;
    },
    [self](caf::tick_atom, std::uint64_t attempt) { self->state.step(attempt); },
  };
}

} // namespace troupe
