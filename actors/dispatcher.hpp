// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "actors/environment.hpp"
#include "actors/queue_settings.hpp"
#include "messages/interfaces.hpp"

namespace troupe {

class dispatcher_state;

struct dispatcher_options {
  std::uint32_t shard = 0;
  std::vector<queue_settings> queues; ///< all queues of the shard, dead-letter queues included
  milliseconds heartbeat_interval{2000};
  milliseconds lease_timeout{8000};
  milliseconds reconnect_grace{0};
  milliseconds storage_timeout{60'000}; ///< after which the disk counts as hung
  std::size_t window_jobs_max = 10'000;
  std::size_t window_bytes_max = 16 * 1024 * 1024;
  std::size_t unstored_bytes_max = 64 * 1024 * 1024; ///< payload waiting for the disk
  std::map<std::string, record_hooks> hooks;         ///< by collection; of those that have any
  repository_actor repository;
  receptionist_actor receptionist; ///< learns the name "dispatcher" when the shard is open
  environment env;
};

using match_atom = caf::atom_constant<caf::atom("match")>;
using due_atom = caf::atom_constant<caf::atom("due")>;
using answer_atom = caf::atom_constant<caf::atom("answer")>;

/// What a dispatcher says to itself, on top of its interface.
using dispatcher_shell = dispatcher_actor::extend<
  // Look after leases, workers and waiting readers.
  caf::reacts_to<caf::tick_atom>,
  // Hand out jobs; at most one is under way.
  caf::reacts_to<match_atom>,
  // The timer for scheduled jobs, with the time it was armed for.
  caf::reacts_to<due_atom, timestamp>,
  // Answer those who wait for events.
  caf::reacts_to<answer_atom>,
  // From whoever draws up metrics.
  caf::replies_to<count_queues>::with<queues_counted>>;

/// Matches the jobs of a queue shard to free slots of workers, and watches over their leases.
///
/// Problem: jobs must start at once, run on any of many hosts that freeze, die and return, never be
/// lost, and never be finished by two.
///
///     enqueue -> [repository: insert] -> ready window -> match -> [repository: grant] -> run_jobs
///                                             ^                                             |
///                                  ready again (retry, loss, release)                    worker
///                                             |                                             |
///                                  [repository: end] <- judge <- finish_jobs / loss / overdue
///
/// Records come by on their way to the store when they bring jobs with them: writes to collections
/// with hooks, and the steps with which handlers end their jobs. A job's id is given here, so that
/// one dispatcher knows all ids of its shard.
///
/// Rule: the store is the truth. What is here (windows, leases, depths) is a picture of it that is
/// changed only after the store has answered, so that a dispatcher that dies at any point is
/// replaced by one that reads the same truth. If an answer is missing, the picture is in doubt and
/// the dispatcher ends itself to be replaced.
dispatcher_shell::behavior_type
dispatcher(dispatcher_shell::stateful_pointer<dispatcher_state> self, dispatcher_options options);

} // namespace troupe
