// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace troupe::bench {

/// What wrk is to ask a server in one case.
struct load_plan {
  double reads = 0;               ///< share of the requests that are GETs of a record
  double creates = 0;             ///< share that are POSTs; the others are PUTs of a record
  std::string records;            ///< path of the records, to which a number from 1 is added
  std::string create;             ///< path to POST to
  std::string body;               ///< of POST and PUT
  std::vector<std::string> etags; ///< of each record, to send with GETs; empty: do not
  std::vector<int> statuses;      ///< that are right
  std::size_t things = 1;         ///< that one request does
};

/// How many records there are to read and to update.
inline constexpr std::size_t loaded_records = 10'000;

/// The script of wrk for this plan. It makes the requests before the clock runs, the same ones each
/// time, and at the end prints the line that `parse_wrk_output` reads. `checked`: it also looks at
/// the status of each answer, for which wrk calls Lua.
std::string load_script(const load_plan& plan, bool checked);

} // namespace troupe::bench
