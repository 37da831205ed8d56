// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "tests/support/process_cluster.hpp"

namespace troupe::test {

/// Checks of each job that it succeeded, and that its result is that of the run under its last
/// lease (J2, J3): the stored result, the history and the journal of the handlers must agree.
void check_succeeded_under_last_lease(const std::vector<job>& jobs,
                                      const std::vector<journal_run>& runs);

/// Checks that each job has ended exactly once in these events.
void check_ended_once(const std::vector<job_id>& jobs, const std::vector<job_event>& events);

/// Where the first event of this kind of a job stands among `events`; their number if it is not
/// there.
std::size_t index_of(const std::vector<job_event>& events, job_id job, job_event_kind kind,
                     std::uint32_t attempt);

/// Seconds, as figures are shown.
double seconds(std::chrono::steady_clock::duration x);

} // namespace troupe::test
