// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "actors/lease_table.hpp"

namespace troupe {

/// Leases that one worker lost at the same moment, by what that says about their jobs.
struct blamed_leases {
  std::vector<const lease_record*> begun;     ///< their handlers ran, or may have: one of them may
                                              ///< have killed the worker
  std::vector<const lease_record*> untouched; ///< waited in the worker: nothing happened to them
};

/// `lost` are all of one worker. A start that was not reported any more is possible while the
/// worker had a free slot for it; where the slots are not known, it always is.
blamed_leases blame(std::vector<const lease_record*> lost);

/// Its next loss would be its last, and it was lost before: whether it killed its workers is only
/// known when it runs alone.
bool is_suspect(const job_counters& counters, std::uint32_t losses_max) noexcept;

} // namespace troupe
