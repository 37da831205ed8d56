// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "messages/job.hpp"
#include "messages/record.hpp"
#include "tests/support/record_operation.hpp"

namespace troupe::test {

/// What there is of a collection after players have used it.
struct played_collection {
  std::string name;
  std::vector<record_change> feed; ///< from the beginning
  std::vector<record> records;     ///< by id
};

/// Each returns one line for people for each broken promise.

/// R5: the feed has no gap, each change fits those before, and all together give the records.
std::vector<std::string> check_feed(const played_collection& x);

/// R1: what was acknowledged is in the feed, with its version, once. What is in the feed was asked
/// for.
std::vector<std::string> check_acknowledged(const played_collection& x,
                                            const std::vector<record_operation>& history);

/// The total of the counter never goes down, and holds all acknowledged increments and perhaps some
/// of those in doubt.
std::vector<std::string> check_counter(const played_collection& counters,
                                       const std::vector<record_operation>& history);

/// R4: pairs are put together.
std::vector<std::string> check_pairs(const played_collection& pairs);

/// R4: each record that was created has one job, with the record in its payload; nothing else has.
std::vector<std::string> check_hooks(const played_collection& orders,
                                     const std::vector<std::string>& payloads);

/// All of the above, and R2 and R3: the history is linearizable. `payloads` are those of the hook's
/// jobs.
std::vector<std::string> check_records(const std::vector<played_collection>& collections,
                                       const std::vector<record_operation>& history,
                                       const std::vector<std::string>& payloads);

} // namespace troupe::test
