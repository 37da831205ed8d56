// SPDX-License-Identifier: Apache-2.0
#include "actors/thread_unit.hpp"

#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

namespace troupe {

namespace {

// Messages that an actor takes before the next one has its turn.
constexpr std::size_t messages_max = 1000;

} // namespace

thread_unit::~thread_unit() {
  hand_over();
}

bool thread_unit::run() {
  std::size_t runs = 0;
  for (; !ready_.empty() && runs < runs_max; ++runs) {
    auto* actor = ready_.front();
    ready_.pop_front();
    if (actor->resume(this, messages_max) == caf::resumable::resume_later)
      ready_.push_back(actor);
    else
      caf::intrusive_ptr_release(actor);
  }
  hand_over();
  return runs > 0;
}

void thread_unit::hand_over() {
  for (auto* actor : ready_)
    system().scheduler().enqueue(actor);
  ready_.clear();
}

} // namespace troupe
