// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "persistence/storage_engine.hpp"
#include "tests/support/memory_records.hpp"
#include "tests/support/memory_tokens.hpp"

namespace troupe::test {

/// What a `memory_store` holds. Plain maps, so that a test can look at everything.
struct memory_data {
  struct lease {
    lease_epoch epoch = 0;
    std::string node;
    timestamp leased_at{};
    std::uint64_t worker = 0;
    bool cancel = false;
  };

  struct stored_job {
    job seen;          ///< as a reader sees it, but for its lease
    std::string avoid; ///< the node that lost or failed it last
    std::optional<lease> held;
  };

  struct shard {
    std::uint64_t incarnation = 0;
    job_id next_job = 0;
  };

  std::map<job_id, stored_job> jobs;
  std::map<std::uint32_t, shard> shards;
  std::map<std::string, bool> paused; ///< by queue
  memory_records records;
  memory_tokens tokens;
};

/// The model of the storage port: as plain as can be, to compare engines with, and the store of
/// simulated nodes. The data belongs to whoever holds the pointer, and survives the store like a
/// disk survives a process. All in one thread.
class memory_store final : public storage_engine {
public:
  /// Data and the failure that the next transactions meet; shared by all stores on one "disk".
  struct disk {
    memory_data data;
    std::optional<error> failure; ///< while set, no transaction commits: they end with this
    std::optional<bool> unknown;  ///< the next commit ends with `timed_out`; whether it was made
    std::size_t commits = 0;      ///< so far
    bool check_epochs = true;     ///< false: writes of old owners are taken, as a control for tests
  };

  explicit memory_store(std::shared_ptr<disk> on) : disk_{std::move(on)} {}

  result<void> transact(durability wanted,
                        const std::function<void(storage_transaction&)>& work) override;
  result<std::unique_ptr<storage_reader>> open_reader() override;

private:
  std::shared_ptr<disk> disk_;
};

} // namespace troupe::test
