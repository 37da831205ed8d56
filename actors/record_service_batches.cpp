// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <utility>

#include "actors/record_service_state.hpp"
#include "messages/error_category.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

// An invalidation that is not confirmed in this time is sent again.
constexpr milliseconds invalidate_patience{500};

result<void> check_size(const std::vector<change_record>& changes) {
  if (changes.size() > limits::batch_records_max)
    return failure(errc::batch_too_large, "at most " + std::to_string(limits::batch_records_max)
                                            + " changes in one request");
  std::size_t bytes = 0;
  for (const auto& x : changes)
    bytes += x.body.size();
  if (bytes > limits::batch_bytes_max)
    return failure(errc::batch_too_large,
                   "at most " + std::to_string(limits::batch_bytes_max) + " bytes in one request");
  return {};
}

bool surely_unchanged(const caf::error& why) {
  return why.category() == error_category && from_caf(why).code != errc::timed_out;
}

} // namespace

caf::result<records_changed> record_service_state::change_all(change_records& x) {
  if (auto checked = check_size(x.changes); !checked)
    return to_caf(checked.error());
  if (x.changes.empty())
    return records_changed{true, {}};
  if (x.idempotency_key.size() > limits::idempotency_key_bytes_max
      || x.caller.size() > caller_bytes_max)
    return to_caf({errc::invalid_argument, "an idempotency key has at most "
                                             + std::to_string(limits::idempotency_key_bytes_max)
                                             + " bytes"});
  auto made = std::make_shared<planning>();
  for (const auto& change : x.changes) {
    made->plan.add(change, check(change));
    const auto* rules = find_rules(change.collection);
    made->hooked = made->hooked || (rules != nullptr && rules->settings().hooks.any());
  }
  if (made->plan.refused())
    return records_changed{false, made->plan.outcomes()};
  if (!x.idempotency_key.empty()) {
    made->plan.fingerprint = fingerprint_of(x);
    made->plan.idempotency_scope = key_scope(x.caller, x.changes.front().collection);
    made->plan.idempotency_key = std::move(x.idempotency_key);
  }
  made->plan.trace_parent = std::move(x.trace_parent);
  made->deadline = deadline();
  auto promise = self_->make_response_promise<records_changed>();
  made->done = [made = made.get(), promise](result<step_stored> answer) mutable {
    if (answer)
      promise.deliver(records_changed{!made->plan.refused(), made->plan.outcomes()});
    else
      promise.deliver(to_caf(answer.error()));
  };
  begin(made);
  return promise;
}

caf::result<step_committed> record_service_state::commit(commit_step& x) {
  const auto refusal = [](const error& why) {
    return step_committed{false, static_cast<std::uint16_t>(why.code), why.text};
  };
  if (auto checked = check_size(x.step.changes); !checked)
    return refusal(checked.error());
  auto made = std::make_shared<planning>();
  for (const auto& change : x.step.changes)
    made->plan.add(change, check(change));
  if (made->plan.refused())
    return refusal(made->plan.first_refusal());
  x.step.changes.clear();
  made->step = std::move(x);
  made->deadline = deadline();
  auto promise = self_->make_response_promise<step_committed>();
  made->done = [made = made.get(), promise, refusal](result<step_stored> answer) mutable {
    if (!answer)
      promise.deliver(to_caf(answer.error()));
    else if (answer->lost)
      promise.deliver(step_committed{true, 0, {}});
    else if (made->plan.refused())
      promise.deliver(refusal(made->plan.first_refusal()));
    else
      promise.deliver(step_committed{});
  };
  begin(made);
  return promise;
}

void record_service_state::begin(const planning_pointer& x) {
  x->plan.forget_patches();
  x->unread = x->plan.patches();
  read_patched(x);
}

// One collection after the other: a request reads from one.
void record_service_state::read_patched(const planning_pointer& x) {
  if (x->unread.empty()) {
    write(x);
    return;
  }
  const auto collection = x->plan.change(x->unread.front()).collection;
  get_records request{collection, {}, milliseconds{0}};
  positions now_read, later;
  for (const auto i : std::exchange(x->unread, {}))
    (x->plan.change(i).collection == collection ? now_read : later).push_back(i);
  for (const auto i : now_read)
    request.ids.push_back(x->plan.change(i).id);
  x->unread = std::move(later);
  read(std::move(request), x->deadline,
       [this, x, now_read = std::move(now_read)](result<records_found> answer) {
         if (!answer) {
           x->done(tl::unexpected<error>{answer.error()});
           return;
         }
         for (std::size_t i = 0; i < now_read.size(); ++i)
           x->plan.patch(now_read[i], *find_rules(x->plan.change(now_read[i]).collection),
                         answer->records[i].value);
         read_patched(x);
       });
}

void record_service_state::write(const planning_pointer& x) {
  if (x->plan.refused() && x->plan.idempotency_key.empty()) {
    x->done(step_stored{});
    return;
  }
  std::string missing;
  if (!x->plan.find_owners(directory_, missing)) {
    begin_later(x, {errc::unavailable, "nobody owns " + missing + " just now"});
    return;
  }
  send(x, x->plan.writes(options_.env.now()));
}

void record_service_state::send(const planning_pointer& x, write_records writes) {
  const auto failed = [this, x](const caf::error& why) { write_failed(x, why); };
  const auto stored = [this, x](records_written& answer) {
    written(x, step_stored{false, std::move(answer)});
  };
  const auto patience = left(x->deadline);
  if (x->step || x->hooked ? !dispatcher_ : !repository_) {
    begin_later(x, {errc::unavailable, "the control node does not answer"});
    return;
  }
  if (x->step)
    deadlines_.request<step_stored>(
      self_, dispatcher_, patience,
      finish_step{x->step->worker, x->step->capacity, x->step->outcome, std::move(writes),
                  x->step->step.jobs},
      [this, x](step_stored& answer) { written(x, std::move(answer)); }, failed);
  else if (x->hooked)
    deadlines_.request<records_written>(self_, dispatcher_, patience, std::move(writes), stored,
                                        failed);
  else
    deadlines_.request<records_written>(self_, repository_, patience, std::move(writes), stored,
                                        failed);
}

void record_service_state::written(const planning_pointer& x, step_stored answer) {
  if (answer.lost) {
    x->done(std::move(answer));
    return;
  }
  if (answer.written.code != 0) {
    const auto code = static_cast<errc>(answer.written.code);
    x->done(failure(code, std::string{describe(code)}));
    return;
  }
  switch (x->plan.judge(answer.written)) {
  case change_plan::verdict::refused:
    x->done(std::move(answer));
    return;
  case change_plan::verdict::moved:
    begin_later(x, {errc::not_owner, "owners change"});
    return;
  case change_plan::verdict::raced:
    if (++x->races < races_max)
      begin(x);
    else
      x->done(failure(errc::overloaded,
                      "the records change too often for a patch; try again in a moment"));
    return;
  case change_plan::verdict::committed:
    break;
  }
  auto owners = std::make_shared<settling>();
  owners->open = x->plan.written();
  owners->deadline = x->deadline;
  owners->done = [x, answer = std::move(answer)](result<void> settled) {
    if (settled)
      x->done(answer);
    else
      x->done(tl::unexpected<error>{settled.error()});
  };
  settle(owners);
}

void record_service_state::write_failed(const planning_pointer& x, const caf::error& why) {
  const auto reason = from_caf(why);
  if (!surely_unchanged(why))
    // The repository tells the owners itself, should it commit after all.
    x->done(failure(errc::timed_out, "whether the changes were made is unknown: " + reason.text));
  else if (reason.code == errc::unavailable || reason.code == errc::not_owner)
    begin_later(x, reason);
  else
    x->done(tl::unexpected<error>{reason});
}

void record_service_state::begin_later(const planning_pointer& x, const error& why) {
  wait(
    x->deadline, [this, x] { begin(x); },
    [x, why] { x->done(failure(errc::unavailable, "no answer in time: " + why.text)); });
}

void record_service_state::settle(const settling_pointer& x) {
  // An owner under a newer epoch began after the commit, and after the older one's lease was over.
  std::erase_if(x->open, [this](const written_key& key) {
    return directory_.epoch_of(key.place.shard) > key.place.epoch;
  });
  if (x->open.empty()) {
    x->done({});
    return;
  }
  std::map<caf::actor_id, std::pair<cache_actor, invalidate_keys>> owners;
  for (const auto& key : x->open) {
    auto& [owner, message] = owners[key.place.owner->id()];
    owner = caf::actor_cast<cache_actor>(key.place.owner);
    message.keys.push_back(key.key);
  }
  const auto round = std::make_shared<std::size_t>(owners.size());
  const auto end_round = [this, x, round] {
    if (--*round > 0)
      return;
    if (x->open.empty())
      x->done({});
    else
      wait(
        x->deadline, [this, x] { settle(x); },
        [x] {
          x->done(failure(errc::timed_out, "the changes were made, but not all owners of the keys "
                                           "have confirmed that they forgot the old records"));
        });
  };
  const auto patience = std::min(invalidate_patience, left(x->deadline));
  for (auto& [id, owner] : owners)
    deadlines_.request<caf::ok_atom>(
      self_, owner.first, patience, std::move(owner.second),
      [x, id = id, end_round](caf::ok_atom) {
        std::erase_if(x->open,
                      [id](const written_key& key) { return key.place.owner->id() == id; });
        end_round();
      },
      [end_round](const caf::error&) { end_round(); });
}

} // namespace troupe
