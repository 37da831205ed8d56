// SPDX-License-Identifier: Apache-2.0
#include "actors/balancer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <type_traits>
#include <utility>

#include "actors/logging.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

constexpr double burst = 10; // retries, when there were none for a while
constexpr std::size_t attempts_max = 3;
constexpr std::size_t calls_max = 100'000;
constexpr std::size_t parked_max = 10'000;
constexpr milliseconds look_interval{100};
constexpr milliseconds probe_timeout{1000};
constexpr milliseconds subscribe_pause{1000};

bool changed_nothing(errc code) {
  return code == errc::unavailable || code == errc::not_owner || code == errc::overloaded
         || code == errc::shutting_down;
}

bool is_refused_by_state(errc code) {
  return code == errc::precondition_failed || code == errc::unknown_record;
}

} // namespace

void balancer_state::start(balancer_options options) {
  options_ = std::move(options);
  instances_.emplace(instance_settings{options_.strategy, options_.slow_start},
                     options_.env.seed());
  budget_.emplace(options_.retry_budget, burst);
  subscribe();
}

// -- instances -----------------------------------------------------------------------------------

void balancer_state::subscribe() {
  self_
    ->request(options_.receptionist, options_.request_timeout,
              subscribe_group{options_.prefix, caf::actor_cast<caf::strong_actor_ptr>(self_)})
    .then([](caf::ok_atom) {},
          [this](const caf::error& why) {
            spdlog::debug("balancer: no list of instances: {}", from_caf(why).text);
            self_->delayed_send(self_, subscribe_pause, caf::subscribe_atom_v);
          });
}

void balancer_state::learn(const named_group& group) {
  if (group.prefix != options_.prefix)
    return;
  // Compared as pointers: a new connection has a new proxy that equals the dead one.
  auto is_member = [&group](const known_instance& x) {
    return std::ranges::any_of(group.members, [&x](const named_actor& member) {
      return member.name == x.name && member.actor == x.actor;
    });
  };
  std::vector<number> gone;
  for (auto& [which, x] : known_)
    if (!is_member(x))
      gone.push_back(which);
  std::vector<known_instance> added;
  for (auto& member : group.members)
    if (member.actor && std::ranges::none_of(known_, [&member](const auto& x) {
          return x.second.name == member.name && x.second.actor == member.actor;
        }))
      added.push_back({member.name, member.actor});
  // The old ones last: what they leave behind goes to the new ones.
  auto now = self_->clock().now();
  for (auto& x : added) {
    self_->monitor(x.actor);
    known_.emplace(instances_->add(x.name, now), std::move(x));
  }
  for (auto which : gone)
    lose(which, "its node left the cluster");
  send_parked();
}

void balancer_state::down(const caf::down_msg& down) {
  auto found = std::ranges::find_if(known_, [&down](const auto& x) {
    return caf::actor_cast<caf::actor_addr>(x.second.actor) == down.source;
  });
  if (found != known_.end())
    lose(found->first, reason_text(down.reason));
}

void balancer_state::lose(number which, const std::string& why) {
  auto gone = known_.extract(which);
  instances_->remove(which);
  spdlog::debug("balancer: {} is gone: {}", gone.mapped().name, why);
  self_->demonitor(gone.mapped().actor->address());
  error problem{errc::timed_out, gone.mapped().name
                                   + " was lost before it answered; whether the request took "
                                     "effect is unknown"};
  std::vector<std::uint64_t> ids;
  for (auto& [id, x] : calls_)
    if (!x.parked && !x.tried.empty() && x.tried.back() == which)
      ids.push_back(id);
  for (auto id : ids)
    settle(calls_.find(id), problem);
}

void balancer_state::probe(number which) {
  // Without ids it is refused at once, by the service itself: nobody behind it is asked.
  self_
    ->request(caf::actor_cast<records_actor>(known_.at(which).actor), probe_timeout, get_records{})
    .then([this,
           which](const records_found&) { instances_->probed(which, true, self_->clock().now()); },
          [this, which](const caf::error& why) {
            auto alive
              = why.category() == error_category && from_caf(why).code != errc::shutting_down;
            instances_->probed(which, alive, self_->clock().now());
          });
}

void balancer_state::tick() {
  armed_ = false;
  auto now = self_->clock().now();
  for (auto which : instances_->due_probes(now))
    probe(which);
  if (parked_ != 0)
    for (auto i = calls_.begin(); i != calls_.end();) {
      auto x = i++;
      if (x->second.parked && x->second.until <= now)
        settle(x, {errc::unavailable, "no record service is running: a node with the role "
                                      "\"service\" must be up; see `troupe nodes`"});
    }
  send_parked();
  arm();
}

void balancer_state::arm() {
  if (armed_ || (parked_ == 0 && !instances_->any_out()))
    return;
  armed_ = true;
  self_->delayed_send(self_, look_interval, caf::tick_atom_v);
}

// -- calls ---------------------------------------------------------------------------------------

template <class Reply, class Request>
caf::result<Reply> balancer_state::forward(Request& request) {
  if (auto why = refusal())
    return to_caf(*why);
  auto promise = self_->make_response_promise<Reply>();
  call made;
  made.record = record_of(request);
  made.repeat = repeatability_of(request);
  made.waits = wait_of(request).count() > 0 || takes_long(request);
  made.until = self_->clock().now() + options_.request_timeout + wait_of(request);
  made.fail = [promise](const error& why) mutable { promise.deliver(to_caf(why)); };
  auto kept = std::make_shared<Request>(std::move(request));
  if constexpr (std::is_same_v<Request, get_records>)
    if (kept->ids.size() == 1) {
      made.read = kept;
      made.reader = promise;
    }
  made.send = [this, promise, kept](const caf::strong_actor_ptr& to, milliseconds timeout,
                                    std::uint64_t id, std::size_t attempt) {
    limit_wait(*kept, timeout - options_.request_timeout);
    limit_time(*kept, timeout);
    deadlines_.request<Reply>(
      self_, caf::actor_cast<records_actor>(to), timeout, *kept,
      [this, promise, id, attempt](Reply& x) mutable {
        if (answered(id, attempt))
          promise.deliver(std::move(x));
      },
      [this, id, attempt](const caf::error& why) { failed(id, attempt, why); });
  };
  begin(std::move(made));
  return promise;
}

std::optional<error> balancer_state::refusal() const {
  if (calls_.size() >= calls_max)
    return error{errc::overloaded,
                 fmt::format("{} requests are under way; try again in a moment", calls_.size())};
  if (parked_ >= parked_max)
    return error{errc::overloaded, fmt::format("{} requests wait for a record service", parked_)};
  return std::nullopt;
}

void balancer_state::begin(call made) {
  budget_->pay_in();
  auto id = next_call_++;
  auto i = calls_.emplace(id, std::move(made)).first;
  if (!send(i->second, id))
    park(i->second);
}

void balancer_state::park(call& x) {
  x.parked = true;
  ++parked_;
  arm();
}

/// False, and no change: there is no instance that has not had it. One that waited takes any.
bool balancer_state::send(call& x, std::uint64_t id) {
  auto now = self_->clock().now();
  auto which = instances_->pick(x.record, x.parked ? std::vector<number>{} : x.tried, now);
  if (!which)
    return false;
  x.tried.push_back(*which);
  instances_->sent(*which);
  if (!x.read || !bundles_.may_join(x.read->collection, now))
    x.send(known_.at(*which).actor, time_for(x), id, x.tried.size());
  else if (bundles_.join(*which, *x.read, {id, x.tried.size()}))
    self_->send(self_, caf::flush_atom_v);
  return true;
}

/// How long the instance that has it now may take.
milliseconds balancer_state::time_for(const call& x) const {
  const auto now = self_->clock().now();
  const auto left = std::max(std::chrono::ceil<milliseconds>(x.until - now), milliseconds{1});
  // Time for another one, should this one not answer.
  if (x.repeat != repeatability::never && !x.waits && may_try_again(x))
    return std::max(left / 2, milliseconds{1});
  return left;
}

void balancer_state::send_parked() {
  if (parked_ == 0)
    return;
  for (auto& [id, x] : calls_)
    if (x.parked && send(x, id)) {
      x.parked = false;
      --parked_;
    }
}

// -- how calls end -------------------------------------------------------------------------------

bool balancer_state::may_try_again(const call& x) const {
  return x.tried.size() < attempts_max && self_->clock().now() < x.until
         && instances_->has_other(x.tried);
}

/// False: the call is over, or somebody else has it by now.
bool balancer_state::answered(std::uint64_t id, std::size_t attempt) {
  auto i = calls_.find(id);
  if (i == calls_.end() || i->second.parked || i->second.tried.size() != attempt)
    return false;
  instances_->answered(i->second.tried.back());
  calls_.erase(i);
  return true;
}

void balancer_state::failed(std::uint64_t id, std::size_t attempt, const caf::error& why) {
  auto i = calls_.find(id);
  if (i == calls_.end() || i->second.parked || i->second.tried.size() != attempt)
    return;
  auto which = i->second.tried.back();
  auto problem = from_caf(why);
  if (why == caf::sec::request_timeout || problem.code == errc::shutting_down)
    instances_->failed(which, self_->clock().now());
  else
    instances_->answered(which);
  arm();
  settle(i, problem);
}

/// Whether to wait for an instance: all are gone, and another one may come in time; or the only one
/// lost the answer of somebody behind it, and may get one now.
bool balancer_state::may_wait(const call& x, const error& why) {
  if (x.parked || x.tried.size() >= attempts_max || self_->clock().now() >= x.until)
    return false;
  return known_.empty() || (why.code == errc::timed_out && budget_->take());
}

/// Sends it to another instance if that may help, else ends it.
void balancer_state::settle(calls::iterator i, const error& why) {
  auto& x = i->second;
  auto may_be_done = why.code == errc::timed_out;
  auto again = changed_nothing(why.code) || (may_be_done && x.repeat != repeatability::never);
  if (may_be_done)
    x.unknown = true;
  if (again && may_try_again(x) && budget_->take() && send(x, i->first))
    return;
  if (again && may_wait(x, why))
    return park(x);
  if (x.unknown && x.repeat != repeatability::harmless && is_refused_by_state(why.code))
    return end(i, {errc::timed_out, "whether the request took effect is unknown: sent again, it "
                                    "was refused, perhaps because of the first time"});
  if (x.unknown && changed_nothing(why.code))
    return end(i, {errc::timed_out, why.text + "; whether the request took effect is unknown"});
  end(i, why);
}

void balancer_state::end(calls::iterator i, const error& why) {
  auto ended = calls_.extract(i);
  if (ended.mapped().parked)
    --parked_;
  ended.mapped().fail(why);
}

balancer_shell::behavior_type balancer(balancer_shell::stateful_pointer<balancer_state> self,
                                       balancer_options options) {
  log_to_spdlog(self);
  auto& state = self->state;
  self->set_down_handler([&state](const caf::down_msg& x) { state.down(x); });
  state.start(std::move(options));
  return {
    [&state](get_records& x) { return state.forward<records_found>(x); },
    [&state](change_record& x) { return state.forward<record_changed>(x); },
    [&state](change_records& x) { return state.forward<records_changed>(x); },
    [&state](list_records& x) { return state.forward<records_page>(x); },
    [&state](read_changes& x) { return state.forward<changes_read>(x); },
    [&state](const list_collections& x) { return state.forward<collections_listed>(x); },
    [&state](const list_caches& x) { return state.forward<caches_listed>(x); },
    [&state](commit_step& x) { return state.forward<step_committed>(x); },
    [&state](const named_group& x) { state.learn(x); },
    [&state](caf::subscribe_atom) { state.subscribe(); },
    [&state](caf::tick_atom) { state.tick(); },
    [&state](caf::flush_atom) { state.send_bundles(); },
  };
}

} // namespace troupe
