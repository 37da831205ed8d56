// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <functional>
#include <memory>

#include "actors/fair_lines.hpp"
#include "actors/read_gate.hpp"
#include "messages/interfaces.hpp"
#include "persistence/storage_engine.hpp"

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::read_pass_ptr)

namespace troupe {

/// Reads beside the writer; only the repository of its process speaks to it. A pass says until when
/// a read is of use: one that is over is not begun, and ended where it has begun.
using repository_reader_actor
  = caf::typed_actor<caf::replies_to<read_pass_ptr, read_ready>::with<ready_read>,
                     caf::replies_to<read_pass_ptr, get_jobs>::with<jobs_found>,
                     caf::replies_to<read_pass_ptr, read_collections>::with<collections_read>,
                     caf::replies_to<read_pass_ptr, read_shards>::with<shards_stored>,
                     caf::replies_to<read_pass_ptr, read_records>::with<records_read>,
                     caf::replies_to<read_pass_ptr, read_changes>::with<changes_read>,
                     caf::replies_to<read_pass_ptr, read_tokens>::with<tokens_read>,
                     // These two wait in lines, one for each caller.
                     caf::replies_to<read_pass_ptr, list_jobs>::with<jobs_found>,
                     caf::replies_to<read_pass_ptr, query_records>::with<records_queried>>;

using turn_atom = caf::atom_constant<caf::atom("turn")>;

using waiting_reader_actor = repository_reader_actor::extend<
  // From itself: the next line has its turn.
  caf::reacts_to<turn_atom>>;

struct repository_reader_state {
  static inline const char* name = "repository_reader";

  std::shared_ptr<storage_reader> source;
  fair_lines<std::function<void()>> lines;
};

/// It blocks on the disk; it ends with the error that a read throws.
waiting_reader_actor::behavior_type
repository_reader(waiting_reader_actor::stateful_pointer<repository_reader_state> self,
                  std::shared_ptr<storage_reader> source);

} // namespace troupe
