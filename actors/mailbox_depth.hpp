// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/scheduled_actor.hpp>
#include <cstdint>

namespace troupe {

/// Messages that wait for an actor, urgent ones included, without the one that it handles. For the
/// actor itself only: it moves what has arrived into its own queues, as it does between messages.
inline std::uint64_t mailbox_depth(caf::scheduled_actor& self) {
  auto& mailbox = self.mailbox();
  mailbox.fetch_more();
  return mailbox.queue().total_task_size();
}

} // namespace troupe
