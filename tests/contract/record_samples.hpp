// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "tests/contract/engines.hpp"

/// Records and their writes for the contract of the storage engines.
namespace troupe::test {

inline const owner_id first_owner{"north", 7, 0};

inline collection_declaration plain(const std::string& name) {
  return {name, {}, {}, "", {}};
}

/// Writes under the current epoch of shards that all belong to one owner.
record_write put(const std::string& id, const std::string& fields,
                 const write_condition& condition = {}, const std::string& collection = "notes");
record_write removal(const std::string& id, const write_condition& condition = {},
                     const std::string& collection = "notes");

/// Runs the calls of one transaction, or one reader, and requires that they succeed. All shards are
/// claimed once, so that their epoch is 1, when the store has no owner of them.
class record_driver {
public:
  explicit record_driver(storage_engine& store);

  template <class Work>
  auto in_transaction(Work work) {
    decltype(work(std::declval<storage_transaction&>())) x{};
    const auto done
      = store_.transact(durability::machine, [&](storage_transaction& tx) { x = work(tx); });
    if (!done)
      FAIL(to_string(done.error()));
    return x;
  }

  void declare(const std::vector<collection_declaration>& collections);
  shards_stored claim(const std::vector<std::uint32_t>& shards,
                      const owner_id& owner = first_owner);
  records_written write(const std::vector<record_write>& writes, timestamp now = at(10));
  records_written write(const write_records& request);

  /// A write that must be taken.
  record_written must_write(const record_write& write, timestamp now = at(10));
  records_trimmed trim(const trim_records& request);
  step_stored commit(const store_step& step);

  stored_collection collection(const std::string& name = "notes");
  record get(const std::string& id, const std::string& collection = "notes");
  records_read read(const std::vector<std::string>& wanted,
                    const std::string& collection = "notes");
  records_queried select(const query_records& request);
  changes_read changes(std::uint64_t after = 0, std::uint32_t limit = 1000,
                       const std::string& collection = "notes");

  /// Why a selection is refused.
  error refusal(const query_records& request);

  storage_reader& reader() { return *reader_; }

private:
  storage_engine& store_;
  std::unique_ptr<storage_reader> reader_;
};

std::vector<std::string> ids_of(const std::vector<record>& records);
std::vector<std::uint16_t> codes_of(const records_written& x);

constexpr std::uint16_t number(errc x) {
  return static_cast<std::uint16_t>(x);
}

using names = std::vector<std::string>;
using codes = std::vector<std::uint16_t>;

/// All that a store shows of its records.
struct record_contents {
  std::vector<stored_collection> collections;
  std::vector<stored_shard> shards;
  std::vector<std::vector<record>> records; ///< by collection
  std::vector<std::vector<record_change>> changes;

  bool operator==(const record_contents&) const = default;
};

record_contents record_contents_of(storage_engine& store);

} // namespace troupe::test
