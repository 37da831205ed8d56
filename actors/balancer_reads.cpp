// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "actors/balancer.hpp"

/// Reads of single records that travel together.
namespace troupe {

namespace {

/// A refusal of several reads that each of them would have met alone. Not `overloaded`: an owner
/// that takes no more loads still has many records in memory.
bool concerns_all(errc code) {
  return code == errc::shutting_down || code == errc::unknown_collection;
}

} // namespace

/// The call, if the instance to which it was sent then still has it.
balancer_state::calls::iterator balancer_state::find(const passenger& x) {
  const auto found = calls_.find(x.call);
  if (found == calls_.end() || found->second.parked || found->second.tried.size() != x.attempt)
    return calls_.end();
  return found;
}

void balancer_state::send_bundles() {
  for (auto& x : bundles_.take())
    if (x.readers.size() == 1)
      send_alone(x.readers.front());
    else if (known_.contains(x.to)) // else its calls went elsewhere
      send_bundle(std::move(x));
}

void balancer_state::send_bundle(bundles::bundle x) {
  auto time = bundle_patience;
  for (const auto& who : x.readers)
    if (const auto i = find(who); i != calls_.end())
      time = std::min(time, time_for(i->second));
  const auto& to = known_.at(x.to).actor;
  auto sent = std::make_shared<bundles::bundle>(std::move(x));
  deadlines_.request<records_found>(
    self_, caf::actor_cast<records_actor>(to), time, sent->request,
    [this, sent](records_found& found) { bundle_answered(*sent, found); },
    [this, sent](const caf::error& why) { bundle_failed(*sent, why); });
}

void balancer_state::send_alone(const passenger& x) {
  if (const auto i = find(x); i != calls_.end())
    i->second.send(known_.at(i->second.tried.back()).actor, time_for(i->second), x.call, x.attempt);
}

void balancer_state::bundle_answered(const bundles::bundle& x, records_found& found) {
  if (found.records.size() != x.readers.size())
    return travel_alone(x);
  bundles_.answered(x.request.collection, found);
  for (std::size_t i = 0; i < x.readers.size(); ++i) {
    const auto asked = find(x.readers[i]);
    if (asked == calls_.end())
      continue;
    auto reader = std::move(asked->second.reader);
    answered(x.readers[i].call, x.readers[i].attempt);
    records_found one;
    one.records.push_back(std::move(found.records[i]));
    reader.deliver(std::move(one));
  }
}

void balancer_state::bundle_failed(const bundles::bundle& x, const caf::error& why) {
  const auto code = from_caf(why).code;
  if (!concerns_all(code))
    return travel_alone(x);
  for (const auto& who : x.readers)
    failed(who.call, who.attempt, why);
}

void balancer_state::travel_alone(const bundles::bundle& x) {
  bundles_.failed(x.request.collection, self_->clock().now());
  for (const auto& who : x.readers)
    send_alone(who);
}

} // namespace troupe
