// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "messages/errors.hpp"
#include "messages/record_storage.hpp"

namespace troupe::test {

/// The records that a `memory_store` holds, and what may be done with them; the model of the record
/// half of the storage port.
struct memory_records {
  struct collection {
    stored_collection seen;
    bool declared = false;
    std::map<std::string, record> records;
    std::map<std::uint64_t, record_change> changes;
  };

  struct used_key {
    std::string fingerprint;
    timestamp used_at{};
    std::uint64_t number = 0; ///< of the keys of one time, the order in which they were used
    records_written answer;
    std::uint64_t bytes = 0;
  };

  std::map<std::string, collection> collections;
  std::map<std::uint32_t, stored_shard> shards;
  std::map<std::pair<std::string, std::string>, used_key> keys; ///< by scope and key
  std::uint64_t keys_used = 0;
  database_generation generation = 0;

  void declare(const declare_collections& request);
  shards_stored claim(const claim_shards& request);

  /// `check_epochs` false: writes are taken whoever owns the keys. For tests that show that it
  /// matters.
  records_written write(const write_records& request, timestamp now, bool check_epochs);
  records_trimmed trim(const trim_records& request);

  collections_read read_all() const;
  shards_stored read_shards() const;
  result<records_read> read(const read_records& request) const;
  result<records_queried> select(const query_records& request) const;
  result<changes_read> changes(const read_changes& request) const;

private:
  record_written judge(const record_write& write, bool check_epochs) const;
  void apply(const record_write& write, record_written& x, timestamp now);
  void keep(const write_records& request, timestamp now, const records_written& answer);
};

} // namespace troupe::test
