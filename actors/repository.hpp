// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "actors/change_readers.hpp"
#include "actors/environment.hpp"
#include "actors/group_commit.hpp"
#include "actors/read_gate.hpp"
#include "actors/repository_reader.hpp"
#include "actors/shard_directory.hpp"
#include "messages/interfaces.hpp"
#include "messages/limits.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe {

struct repository_options {
  environment env;
  /// Readers beside the writer, 1..16, and as many again for lists and searches.
  std::size_t readers = 1;
  /// Tells who is the coordinator, and that one who owns the keys; null: nobody does.
  receptionist_actor receptionist{};
  /// For so long an owner of keys that is told of a change may know only what was before.
  milliseconds owner_lease{6000};
};

/// Readers of one kind of reads.
struct read_lane {
  struct member {
    repository_reader_actor reader;
    /// Each pass that is with it holds this, too.
    std::shared_ptr<const int> load = std::make_shared<const int>();
  };

  read_gate gate;
  std::vector<member> members;
  std::size_t next = 0;
};

using feed_atom = caf::atom_constant<caf::atom("feed")>;

/// The repository with the reminders that it sends itself.
using committing_repository_actor = repository_actor::extend<
  // From whoever draws up metrics.
  caf::replies_to<count_commits>::with<commits_counted>,
  // Commit what is pending. Harmless when nothing is.
  caf::reacts_to<caf::flush_atom>,
  // Answer those who have waited long enough for a change.
  caf::reacts_to<feed_atom>,
  // From its receptionist: who is the coordinator now.
  caf::reacts_to<named_actor>,
  // From the coordinator: who owns which keys.
  caf::reacts_to<shard_map>>;

struct repository_state {
  static inline const char* name = "repository";

  std::shared_ptr<storage_engine> store;
  group_commit pending;
  commits_counted counts{};
  /// Jobs by id, tokens, keys, feeds: what others wait for, and costs little.
  read_lane points{read_gate{limits::point_reads_max, limits::point_reads_max}, {}, 0};
  /// Lists and searches: what may cost much.
  read_lane lists{read_gate{limits::caller_lists_max, limits::lists_max}, {}, 0};
  milliseconds owner_lease{0};
  change_readers followers;
  shard_directory owners;
  std::optional<change_readers::time_point> feed_armed; ///< when the next reminder comes
};

/// Owns a database: one writer that commits in groups, and readers beside it.
///
/// Problem: each durable commit waits for the disk, and callers come one by one.
/// Picture: requests only join the pending group; the first one of a group sends the actor a
/// reminder, which therefore stands behind all that arrived during the last commit; the reminder
/// runs one transaction for all and answers all.
/// Rule: nobody is answered before the commit that made the answer true.
///
/// After a commit of records their owners are told, but for the one that sent it, and those who
/// wait for changes of the collection are answered: whoever asked may be gone by then. Nobody waits
/// for longer than a minute.
///
/// It learns the owners from the coordinator, which publishes a map only after their epochs are
/// stored here: whoever writes under an epoch heard of it later than the repository. A request must
/// not carry their handles, for CAF takes the sender of a handle for a way to its node: after the
/// control node has lost that node, the two would send its messages to each other for ever.
///
/// Reads are counted and have a time, after which they are ended wherever they are. Lists and
/// searches have readers of their own, and wait in a line for each caller.
///
/// A change that cannot be stored fails alone, with the store's error. Ends with the store's error
/// when no reader can be opened, and when it is unknown whether a commit was stored: the database
/// is to be opened again, as after a crash. At any exit that it is told of, what is pending is
/// committed and answered first; what is still in its mailbox then was not stored, and its senders
/// are told.
///
/// It blocks on the disk, and its readers, too:
///
///     repository_actor handle = spawn_blocking(system, env, repository, store, options);
committing_repository_actor::behavior_type
repository(committing_repository_actor::stateful_pointer<repository_state> self,
           std::shared_ptr<storage_engine> store, repository_options options);

} // namespace troupe
