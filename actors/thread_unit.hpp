// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/execution_unit.hpp>
#include <caf/mailbox_element.hpp>
#include <cstddef>
#include <deque>
#include <utility>

namespace troupe {

/// Runs scheduled actors on a thread that CAF does not know, such as an event loop's.
///
/// An actor that gets a message through this unit while it is idle runs on this thread, and so do
/// those that it sends messages to: a request that can be answered by actors of this process alone
/// is answered without waking another thread. Whatever other threads send, or actors that are just
/// being run elsewhere, goes its usual way.
///
/// To be used by one thread only.
class thread_unit final : public caf::execution_unit {
public:
  /// Actors that one `run` runs; the scheduler's threads get what is left.
  static constexpr std::size_t runs_max = 64;

  explicit thread_unit(caf::actor_system& system) : caf::execution_unit{&system} {}

  thread_unit(const thread_unit&) = delete;
  thread_unit& operator=(const thread_unit&) = delete;

  /// Gives what it still has to the scheduler.
  ~thread_unit() override;

  /// Sends a message without a sender through this unit.
  template <class Message>
  void send(const caf::strong_actor_ptr& receiver, Message&& message) {
    receiver->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                                std::forward<Message>(message)),
                      this);
  }

  /// Runs the actors that are ready. False: there were none.
  bool run();

  void exec_later(caf::resumable* actor) override { ready_.push_back(actor); }

private:
  void hand_over();

  std::deque<caf::resumable*> ready_; // each with a reference that is ours
};

} // namespace troupe
