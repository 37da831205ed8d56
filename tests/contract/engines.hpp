// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "persistence/storage_engine.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/temporary_folder.hpp"

namespace troupe::test {

/// The engines that the contract is checked against.
class memory_engine {
public:
  memory_engine();

  storage_engine& store() { return *store_; }
  memory_data& data() { return disk_->data; }
  void reopen();

private:
  std::shared_ptr<memory_store::disk> disk_ = std::make_shared<memory_store::disk>();
  std::unique_ptr<storage_engine> store_;
};

/// SQLite's database at that place; fails the test when it cannot be opened.
std::unique_ptr<storage_engine> open_at(const std::filesystem::path& path);

class sqlite_engine {
public:
  sqlite_engine();

  storage_engine& store() { return *store_; }
  void reopen();
  std::filesystem::path path() const { return folder_.path() / "jobs.db"; }

private:
  temporary_folder folder_;
  std::unique_ptr<storage_engine> store_;
};

/// Time as tests tell it: seconds after some start.
timestamp at(int seconds);

/// The first job of shard 3, and the ones after it.
constexpr job_id id_of(std::uint64_t number) {
  return (job_id{3} << 48) + number;
}

/// Runs the calls of one transaction, or one reader, and requires that they succeed.
class driver {
public:
  explicit driver(storage_engine& store);

  /// In one durable transaction; returns what `work` returns.
  template <class Work>
  auto in_transaction(Work work) {
    using answer = decltype(work(std::declval<job_transaction&>()));
    if constexpr (std::is_void_v<answer>) {
      must(store_.transact(durability::machine, work));
    } else {
      answer x;
      must(store_.transact(durability::machine, [&](job_transaction& tx) { x = work(tx); }));
      return x;
    }
  }

  shard_opened open(const std::vector<std::string>& queues);
  void insert(job_id first, const std::vector<new_job>& jobs, const std::string& queue = "mail",
              timestamp now = at(0));
  bool grant(job_id id, lease_epoch epoch, const std::string& node = "north",
             timestamp now = at(1));
  bool end(const lease_end& end, timestamp now = at(2));
  jobs_promoted promote(timestamp now, std::uint32_t limit = 100);

  job get(job_id id);
  bool exists(job_id id);
  jobs_found find(const list_jobs& request);
  std::vector<job_id> list(const list_jobs& request);
  ready_read ready(const read_ready& request);

private:
  static void must(const result<void>& done);

  storage_engine& store_;
  std::unique_ptr<storage_reader> reader_;
};

/// All that a store shows of its jobs.
std::vector<job> contents(storage_engine& store);

/// Requires that the same work in one transaction each has the same answers from both.
template <class Work>
void require_equal_answers(storage_engine& model, storage_engine& engine, Work work) {
  using answer = decltype(work(std::declval<storage_transaction&>()));
  answer expected{};
  answer actual{};
  const auto of_model
    = model.transact(durability::process, [&](storage_transaction& tx) { expected = work(tx); });
  const auto of_engine
    = engine.transact(durability::process, [&](storage_transaction& tx) { actual = work(tx); });
  REQUIRE(of_model.has_value() == of_engine.has_value());
  if (of_model)
    REQUIRE((expected == actual));
  else
    REQUIRE(of_model.error().code == of_engine.error().code);
}

} // namespace troupe::test
