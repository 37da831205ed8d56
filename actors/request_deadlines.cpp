// SPDX-License-Identifier: Apache-2.0
#include "actors/request_deadlines.hpp"

#include <algorithm>
#include <bit>
#include <caf/behavior.hpp>
#include <caf/error.hpp>
#include <caf/sec.hpp>

namespace troupe {

namespace {

/// The begin of the slot of time in which a time-out falls; the longer it is, the longer its slots.
caf::actor_clock::time_point begin_of_slot(caf::actor_clock::time_point at, milliseconds timeout) {
  const auto longest
    = std::clamp<std::int64_t>(timeout.count() / 32, 1, request_deadlines::early_max.count());
  const milliseconds slot{std::bit_floor(static_cast<std::uint64_t>(longest))};
  return at - at.time_since_epoch() % slot;
}

} // namespace

request_deadlines::time_point request_deadlines::watch(caf::scheduled_actor* self,
                                                       caf::message_id request,
                                                       milliseconds timeout,
                                                       const caf::actor_control_block* receiver) {
  const auto due = begin_of_slot(self->clock().now() + timeout, timeout);
  const auto [slot, fresh] = open_.try_emplace(due);
  slot->second.emplace(request.integer_value(), receiver);
  if (fresh)
    arm(self, due);
  return due;
}

void request_deadlines::forget(time_point due, caf::message_id request) {
  if (auto slot = open_.find(due); slot != open_.end())
    slot->second.erase(request.integer_value());
}

// The one timer of a slot is the time-out of a request that nobody was sent.
void request_deadlines::arm(caf::scheduled_actor* self, time_point due) {
  const auto id = self->new_request_id(caf::message_priority::normal).response_id();
  self->add_multiplexed_response_handler(
    id,
    caf::behavior{[](caf::unit_t) {}, [this, self, due](const caf::error&) { expire(self, due); }});
  self->clock().set_request_timeout(due, self, id);
}

void request_deadlines::expire(caf::scheduled_actor* self, time_point due) {
  const auto slot = open_.extract(due);
  for (const auto& [id, receiver] : slot.mapped())
    self->eq_impl(caf::make_message_id(id), self->ctrl(), self->context(),
                  make_error(caf::sec::request_timeout));
}

// An answer that is in the mailbox already comes first; the error finds no handler then.
void request_deadlines::lose(caf::scheduled_actor* self, const caf::strong_actor_ptr& whom) {
  for (auto& [due, requests] : open_)
    for (const auto& [id, receiver] : requests)
      if (receiver == whom.get())
        self->eq_impl(caf::make_message_id(id), self->ctrl(), self->context(),
                      make_error(caf::sec::request_receiver_down));
}

} // namespace troupe
