// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <caf/fwd.hpp>

#include "actors/repository.hpp"

/// What a repository tells of its commits, and to whom.
namespace troupe {

using repository_pointer = committing_repository_actor::stateful_pointer<repository_state>;

/// Answers a read of a feed now, or when there are changes.
caf::result<changes_read> follow_changes(repository_pointer self, read_changes& request);

/// Answers those who have waited long enough for a change.
void end_waits(repository_pointer self);

/// Tells the owners of the keys, and those who follow the feeds, of a commit.
void publish(repository_pointer self, const write_records& request, const records_written& answer,
             const caf::strong_actor_ptr& writer);
void publish(repository_pointer self, const store_step& request, const step_stored& answer,
             const caf::strong_actor_ptr& writer);

/// The same for commits that nobody is told of.
template <class Request, class Answer>
void publish(repository_pointer, const Request&, const Answer&, const caf::strong_actor_ptr&) {}

/// Answered when the owners of the keys have confirmed, or do not own them any more.
caf::result<caf::ok_atom> tell_owners(repository_pointer self, const invalidate_keys& request);

/// A pass for a read in one of the lanes, and the reader that has fewest.
struct admitted_read {
  read_pass_ptr pass;
  repository_reader_actor reader;
};
result<admitted_read> admit(repository_pointer self, read_lane& lane, const read_terms& terms,
                            milliseconds patience);

/// How long reads by key may take; whoever asked for one has given up by then.
inline constexpr milliseconds point_read_time{10'000};

} // namespace troupe
