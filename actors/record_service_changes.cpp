// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "actors/record_service_state.hpp"
#include "messages/error_category.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

// A patch that loses this often is not unlucky: too many want to change the record.

error too_often(const checked_change& x) {
  return {errc::overloaded, "'" + x.collection + "/" + x.id
                              + "' changes too often for a patch; try again in a moment"};
}

} // namespace

caf::result<record_changed> record_service_state::change(change_record& x) {
  auto checked = check(x);
  if (!checked)
    return to_caf(checked.error());
  auto made = std::make_shared<changing>();
  made->change = std::move(*checked);
  if (!x.idempotency_key.empty()) {
    made->fingerprint = fingerprint_of(x);
    made->idempotency_scope = key_scope(x.caller, x.collection);
    made->idempotency_key = std::move(x.idempotency_key);
  }
  made->trace_parent = std::move(x.trace_parent);
  made->deadline = deadline();
  made->promise = self_->make_response_promise<record_changed>();
  begin(made);
  return made->promise;
}

void record_service_state::begin(const changing_pointer& x) {
  const auto& change = x->change;
  if (!change.is_patch()) {
    write(x, change.fields, change.condition);
    return;
  }
  read({change.collection, {change.id}, milliseconds{0}}, x->deadline,
       [this, x](result<records_found> answer) {
         if (answer)
           patch(x, answer->records[0].value);
         else
           x->promise.deliver(to_caf(answer.error()));
       });
}

void record_service_state::patch(const changing_pointer& x, const record& before) {
  patch_work work;
  auto fields = find_rules(x->change.collection)->patched(x->change, before, work);
  if (fields)
    write(x, std::move(*fields),
          {condition_kind::version, before.version, x->change.condition.generation});
  else if (x->idempotency_key.empty())
    x->promise.deliver(to_caf(fields.error()));
  else
    ask_for_replay(x, fields.error());
}

// The patch does not fit any more, maybe because it was made before: the store knows.
void record_service_state::ask_for_replay(const changing_pointer& x, const error& otherwise) {
  x->refusal = otherwise;
  write(x, "{}", impossible);
}

void record_service_state::write(const changing_pointer& x, std::string fields,
                                 write_condition condition) {
  const auto& change = x->change;
  const auto place = directory_.find(change.collection, change.id);
  if (!place.owner) {
    begin_later(x, {errc::unavailable, "nobody owns it just now"});
    return;
  }
  write_records request;
  request.idempotency_key = x->idempotency_key;
  request.idempotency_scope = x->idempotency_scope;
  request.fingerprint = x->fingerprint;
  request.trace_parent = x->trace_parent;
  request.writes.push_back({change.collection, change.id, change.verb == record_verb::remove,
                            std::move(fields), condition, 0, 0});
  deadlines_.request<records_written>(
    self_, caf::actor_cast<cache_actor>(place.owner), left(x->deadline), std::move(request),
    [this, x](const records_written& answer) { written(x, answer); },
    [this, x](const caf::error& why) { write_failed(x, why); });
}

void record_service_state::write_failed(const changing_pointer& x, const caf::error& why) {
  const auto reason = from_caf(why);
  // What CAF itself reports (a dead owner, a time-out) says nothing about the write.
  if (why.category() != error_category)
    x->promise.deliver(
      to_caf({errc::timed_out, "whether '" + x->change.collection + "/" + x->change.id
                                 + "' was written is unknown: " + reason.text}));
  else if (reason.code == errc::not_owner || reason.code == errc::unavailable)
    begin_later(x, reason);
  else
    x->promise.deliver(to_caf(reason));
}

void record_service_state::written(const changing_pointer& x, const records_written& answer) {
  if (answer.code != 0) {
    const auto code = static_cast<errc>(answer.code);
    x->promise.deliver(to_caf({code, std::string{describe(code)}}));
    return;
  }
  if (answer.results.size() != 1) {
    x->promise.deliver(
      to_caf({errc::storage_failed, "the owner's answer does not fit the request"}));
    return;
  }
  const auto& outcome = answer.results[0];
  const auto code = static_cast<errc>(outcome.code);
  if (code == errc::none) {
    auto changed = changed_of(outcome, answer.replayed);
    changed.generation = answer.generation;
    x->promise.deliver(std::move(changed));
  } else if (code == errc::not_owner) {
    begin_later(x, {code, "its owner changes"});
  } else if (x->refusal.code != errc::none) {
    x->promise.deliver(to_caf(x->refusal)); // nothing was to be replayed
  } else if (stands_in_the_way(x->change, outcome)) {
    remove_old(x, outcome.before.version);
  } else if (lost_race(x->change, outcome)) {
    if (++x->races < races_max)
      begin(x);
    else
      x->promise.deliver(to_caf(too_often(x->change)));
  } else {
    x->promise.deliver(to_caf(refusal_of(x->change, outcome)));
  }
}

/// A new record is refused because of one whose time is over, and which nobody sees any more.
bool record_service_state::stands_in_the_way(const checked_change& x,
                                             const record_written& why) const {
  return static_cast<errc>(why.code) == errc::precondition_failed
         && x.condition.kind == condition_kind::absent && why.before.version != 0
         && is_over(x.collection, why.before);
}

void record_service_state::remove_old(const changing_pointer& x, std::uint64_t version) {
  const auto place = directory_.find(x->change.collection, x->change.id);
  if (!place.owner || ++x->races >= races_max)
    return begin_later(x, {errc::unavailable, "an old record is in the way"});
  write_records request;
  request.writes.push_back(
    {x->change.collection, x->change.id, true, {}, {condition_kind::version, version}, 0, 0});
  // Whatever became of it: the new record is tried again.
  deadlines_.request<records_written>(
    self_, caf::actor_cast<cache_actor>(place.owner), left(x->deadline), std::move(request),
    [this, x](const records_written&) { begin(x); },
    [this, x](const caf::error& why) { begin_later(x, from_caf(why)); });
}

void record_service_state::begin_later(const changing_pointer& x, const error& why) {
  x->refusal = {};
  wait(
    x->deadline, [this, x] { begin(x); },
    [x, why] {
      x->promise.deliver(
        to_caf({errc::unavailable, "the owner of '" + x->change.collection + "/" + x->change.id
                                     + "' does not answer: " + why.text}));
    });
}

} // namespace troupe
