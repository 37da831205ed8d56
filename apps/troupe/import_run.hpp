// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/troupe/record_import.hpp"

namespace troupe {

struct import_report {
  std::uint64_t created = 0;
  std::uint64_t updated = 0;
  std::uint64_t skipped = 0;
  std::vector<bad_line> bad;    ///< that were skipped; the first hundred
  std::optional<error> problem; ///< why it ended early
  bool stopped = false;         ///< because `progress` said so

  std::uint64_t records() const { return created + updated; }
};

/// How an import reaches the cluster and the disk.
struct import_ports {
  /// Makes changes together, once for one key.
  std::function<result<records_changed>(std::vector<change_record>, std::string)> send;
  /// Remembers how far it has come.
  std::function<result<void>(const import_state&)> save;
  /// Waits before it tries again.
  std::function<void(milliseconds)> pause;
  /// Hears how many lines are done. False: stop before the next batch.
  std::function<bool(std::uint64_t)> progress;
};

/// Imports batch after batch. What the cluster refuses for a while is sent again, under the same
/// key. A line that is wrong ends it before its batch is made, or is left out with `skip_bad`.
class import_run {
public:
  import_run(import_state state, bool skip_bad, import_ports ports);

  import_report run(import_source& source);

  /// How far it has come.
  const import_state& state() const { return state_; }

private:
  bool take(import_batch batch);
  std::optional<records_changed> send(const import_batch& batch);
  bool skip(const std::vector<bad_line>& lines);

  import_state state_;
  bool skip_bad_;
  import_ports ports_;
  import_report report_;
};

} // namespace troupe
