// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <utility>

#include "actors/record_service_state.hpp"
#include "messages/error_category.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

// Of the time that is left, this part is given to one owner; the rest is for the next one.
constexpr int attempt_share = 2;

/// Refusals after which another owner, or the same one later, may answer.
bool may_pass(errc code) {
  return code == errc::not_owner || code == errc::unavailable || code == errc::timed_out;
}

} // namespace

caf::result<records_found> record_service_state::get(get_records& x) {
  if (find_rules(x.collection) == nullptr)
    return to_caf({errc::unknown_collection, "no collection '" + x.collection + "' is declared"});
  if (x.ids.size() > limits::batch_records_max)
    return to_caf({errc::batch_too_large, "at most " + std::to_string(limits::batch_records_max)
                                            + " records are read at once"});
  for (const auto& id : x.ids)
    if (!is_record_id(id))
      return to_caf({errc::invalid_argument, "this cannot be the id of a record"});
  auto promise = self_->make_response_promise<records_found>();
  read(std::move(x), deadline(), [promise](result<records_found> answer) mutable {
    if (answer)
      promise.deliver(std::move(*answer));
    else
      promise.deliver(to_caf(answer.error()));
  });
  return promise;
}

void record_service_state::read(get_records request, time_point deadline, found done) {
  auto x = std::make_shared<reading>();
  x->request = std::move(request);
  x->deadline = deadline;
  x->done = std::move(done);
  x->open = x->request.ids.size();
  x->answer.records.resize(x->open);
  if (x->open == 0) {
    x->done(std::move(x->answer));
    return;
  }
  positions all(x->open);
  for (std::uint32_t i = 0; i < all.size(); ++i)
    all[i] = i;
  read_part(x, all);
}

void record_service_state::read_part(const reading_pointer& x, const positions& wanted) {
  if (!x->done)
    return;
  std::map<caf::actor_id, std::pair<caf::strong_actor_ptr, positions>> parts;
  positions homeless;
  for (const auto i : wanted) {
    auto owner = directory_.find(x->request.collection, x->request.ids[i]).owner;
    if (owner) {
      auto& part = parts[owner->id()];
      part.first = std::move(owner);
      part.second.push_back(i);
    } else {
      homeless.push_back(i);
    }
  }
  for (auto& [id, part] : parts)
    ask_owner(x, part.first, std::move(part.second));
  if (!homeless.empty())
    part_failed(x, homeless, {errc::unavailable, "nobody owns it just now"});
}

void record_service_state::ask_owner(const reading_pointer& x, const caf::strong_actor_ptr& owner,
                                     positions wanted) {
  const auto& whole = x->request;
  if (wanted.size() > 1 || !bundles_.may_join(whole.collection, now())) {
    ask_alone(x, owner, std::move(wanted));
    return;
  }
  const get_records one{whole.collection, {whole.ids[wanted.front()]}, whole.max_stale};
  if (bundles_.join(owner, one, {x, wanted.front()}))
    self_->send(self_, caf::flush_atom_v);
}

void record_service_state::ask_alone(const reading_pointer& x, const caf::strong_actor_ptr& owner,
                                     positions wanted) {
  const auto& whole = x->request;
  get_records part{whole.collection, {}, whole.max_stale};
  part.ids.reserve(wanted.size());
  for (const auto i : wanted)
    part.ids.push_back(whole.ids[i]);
  const auto patience = std::max(left(x->deadline) / attempt_share, milliseconds{1});
  deadlines_.request<records_found>(
    self_, caf::actor_cast<cache_actor>(owner), patience, std::move(part),
    [this, x, wanted](records_found& answer) { take_part(x, wanted, answer); },
    [this, x, wanted](const caf::error& why) { part_failed(x, wanted, from_caf(why)); });
}

void record_service_state::take_part(const reading_pointer& x, const positions& wanted,
                                     records_found& answer) {
  if (!x->done)
    return;
  if (answer.records.size() != wanted.size()) {
    part_failed(x, wanted, {errc::storage_failed, "the owner's answer does not fit the request"});
    return;
  }
  if (answer.generation != 0)
    x->answer.generation = answer.generation;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    auto& value = answer.records[i].value;
    if (value.version != 0 && is_over(x->request.collection, value))
      value = record{value.id, 0, {}, {}, {}};
    x->bytes += answer.records[i].value.fields.size();
    x->answer.records[wanted[i]] = std::move(answer.records[i]);
  }
  if (x->bytes > limits::batch_bytes_max) {
    std::exchange(x->done, nullptr)(
      failure(errc::batch_too_large, "these records have more than "
                                       + std::to_string(limits::batch_bytes_max)
                                       + " bytes together; ask for fewer"));
    return;
  }
  x->open -= wanted.size();
  if (x->open == 0)
    std::exchange(x->done, nullptr)(std::move(x->answer));
}

void record_service_state::part_failed(const reading_pointer& x, const positions& wanted,
                                       const error& why) {
  if (!x->done)
    return;
  if (!may_pass(why.code)) {
    std::exchange(x->done, nullptr)(tl::unexpected<error>{why});
    return;
  }
  wait(
    x->deadline, [this, x, wanted] { read_part(x, wanted); },
    [x, first = wanted.front(), why] {
      if (x->done)
        std::exchange(x->done, nullptr)(
          failure(errc::unavailable, "the owner of '" + x->request.collection + "/"
                                       + x->request.ids[first] + "' does not answer: " + why.text));
    });
}

// -- reads that travel together ------------------------------------------------------------------

void record_service_state::send_bundles() {
  for (auto& x : bundles_.take()) {
    if (x.readers.size() > 1)
      ask_together(std::move(x));
    else if (x.readers.front().of->done)
      ask_alone(x.readers.front().of, x.to, {x.readers.front().position});
  }
}

void record_service_state::ask_together(bundles::bundle x) {
  auto time = bundle_patience;
  for (const auto& who : x.readers)
    time = std::min(time, std::max(left(who.of->deadline) / attempt_share, milliseconds{1}));
  auto sent = std::make_shared<bundles::bundle>(std::move(x));
  deadlines_.request<records_found>(
    self_, caf::actor_cast<cache_actor>(sent->to), time, sent->request,
    [this, sent](records_found& answer) { bundle_answered(*sent, answer); },
    [this, sent](const caf::error& why) { bundle_failed(*sent, why); });
}

void record_service_state::bundle_answered(const bundles::bundle& x, records_found& answer) {
  if (answer.records.size() != x.readers.size()) {
    travel_alone(x);
    return;
  }
  bundles_.answered(x.request.collection, answer);
  for (std::size_t i = 0; i < x.readers.size(); ++i) {
    records_found one;
    one.generation = answer.generation;
    one.records.push_back(std::move(answer.records[i]));
    take_part(x.readers[i].of, {x.readers[i].position}, one);
  }
}

void record_service_state::bundle_failed(const bundles::bundle& x, const caf::error& why) {
  // What CAF itself reports, but for a time-out, is that the owner is gone. Anything else may be
  // the fault of one read: an owner that takes no more loads still has many records in memory.
  const auto gone = why.category() != error_category && why != caf::sec::request_timeout;
  const auto reason = from_caf(why);
  if (!gone && reason.code != errc::unknown_collection) {
    travel_alone(x);
    return;
  }
  for (const auto& who : x.readers)
    part_failed(who.of, {who.position}, reason);
}

void record_service_state::travel_alone(const bundles::bundle& x) {
  bundles_.failed(x.request.collection, now());
  for (const auto& who : x.readers)
    if (who.of->done)
      ask_alone(who.of, x.to, {who.position});
}

} // namespace troupe
