// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "persistence/storage_engine.hpp"

namespace troupe::test {

/// What a store was told to do, and how it shall fail.
struct recording {
  std::vector<std::vector<std::string>> transactions; ///< the calls of each that was committed
  std::vector<durability> durabilities;               ///< of each that was committed
  std::size_t tried = 0;
  std::function<void(const recording&)> before_commit = [](const recording&) {};
  std::optional<error> failure; ///< of every commit
  std::optional<error> reader_failure;
  std::size_t readers = 0;
  std::size_t list_reader = 0; ///< the number of the one that read the last list
  bool reads_throw = false;
  std::vector<record_change> changes; ///< of the only collection
  std::uint16_t refuse = 0;           ///< an `errc`: what becomes of the last write of a request
  bool replay = false;
  bool lost = false;
  std::size_t feed_reads = 0;
  std::function<void(const std::string&)> on_read = [](const std::string&) {};
  std::function<void()> let_time_pass = [] {};
  bool read_lasts = false; ///< lists last for ever; only the reader's time ends them
};

class recording_transaction final : public storage_transaction {
public:
  explicit recording_transaction(std::shared_ptr<recording> record) : record_{std::move(record)} {}

  std::vector<std::string> calls;

  shard_opened open(const open_shard&) override {
    calls.push_back("open");
    return {7, 1, {}, {}};
  }

  void insert(const insert_jobs& x) override {
    if (x.jobs.front().payload == "bad")
      throw storage_error{{errc::invalid_argument, "a bad job"}};
    calls.push_back("insert " + x.jobs.front().payload);
  }

  leases_granted grant(const grant_leases&) override {
    calls.push_back("grant");
    return {{{3, 4}}};
  }

  leases_ended end(const end_leases&) override {
    calls.push_back("end");
    return {{{1, 2}}};
  }

  jobs_promoted promote(const promote_jobs&) override {
    calls.push_back("promote");
    return {};
  }

  jobs_updated cancel(const cancel_waiting&) override {
    calls.push_back("cancel");
    return {};
  }

  jobs_updated revive(const revive_jobs&) override {
    calls.push_back("revive");
    return {};
  }

  void pause(const pause_queue&) override { calls.push_back("pause"); }

  dead_letters_moved move(const move_dead_letters&) override {
    calls.push_back("move");
    return {};
  }

  jobs_purged purge(const purge_jobs&) override {
    calls.push_back("purge");
    return {5, 0, 0};
  }

  void declare(const declare_collections&) override { calls.push_back("declare"); }

  shards_stored claim(const claim_shards&) override {
    calls.push_back("claim");
    return {{{1, 8, {}}}};
  }

  records_written write(const write_records& x) override {
    if (x.writes.front().fields == "bad")
      throw storage_error{{errc::invalid_argument, "a bad record"}};
    calls.push_back("write " + x.writes.front().id);
    records_written answer;
    answer.replayed = record_->replay;
    for (const auto& write : x.writes) {
      auto& result = answer.results.emplace_back();
      if (record_->refuse != 0 || record_->replay)
        continue;
      result.sequence = record_->changes.size() + 1;
      record_change change;
      change.sequence = result.sequence;
      change.value.id = write.id;
      record_->changes.push_back(change);
    }
    answer.results.back().code = record_->refuse;
    return answer;
  }

  records_trimmed trim(const trim_records&) override {
    calls.push_back("trim");
    return {6, 0};
  }

  step_stored commit(const store_step& x) override {
    if (record_->lost)
      return {true, {}};
    return {false, write(x.writes)};
  }

  token_changed create(const create_token& x) override {
    calls.push_back("create " + x.token.name);
    return {};
  }

  token_changed revoke(const revoke_token& x) override {
    calls.push_back("revoke " + x.name);
    return {static_cast<std::uint16_t>(errc::unknown_token)};
  }

private:
  std::shared_ptr<recording> record_;
};

class recording_reader final : public storage_reader {
public:
  recording_reader(std::shared_ptr<recording> record, std::size_t number)
      : record_{std::move(record)},
        number_{number} {}

  result<ready_read> ready(const read_ready&) override {
    record_->on_read("ready");
    return ready_read{{}, true};
  }

  result<jobs_found> get(const get_jobs&) override {
    if (record_->reads_throw)
      throw std::runtime_error{"the reader broke"};
    jobs_found found;
    found.jobs.resize(1);
    found.jobs.front().id = number_;
    return found;
  }

  result<jobs_found> list(const list_jobs&) override {
    record_->list_reader = number_;
    record_->on_read("list");
    while (record_->read_lasts && !is_over())
      record_->let_time_pass();
    if (record_->read_lasts)
      return failure(errc::too_costly, "it took too long");
    return failure(errc::storage_corrupt, "page 3");
  }

  result<collections_read> collections(const read_collections&) override {
    return collections_read{};
  }

  result<shards_stored> shards(const read_shards&) override { return shards_stored{}; }

  result<records_read> read(const read_records&) override { return records_read{}; }

  result<records_queried> select(const query_records&) override { return records_queried{}; }

  result<changes_read> changes(const read_changes& x) override {
    ++record_->feed_reads;
    const auto last = record_->changes.empty() ? 0 : record_->changes.back().sequence;
    changes_read found{{}, x.after == latest_change ? last : x.after, false};
    for (const auto& change : record_->changes)
      if (change.sequence > x.after && found.changes.size() < x.limit)
        found.changes.push_back(change);
    if (!found.changes.empty())
      found.next = found.changes.back().sequence;
    return found;
  }

  result<tokens_read> tokens(const read_tokens&) override { return tokens_read{9, {}}; }

private:
  std::shared_ptr<recording> record_;
  std::size_t number_;
};

class recording_store final : public storage_engine {
public:
  explicit recording_store(std::shared_ptr<recording> record) : record_{std::move(record)} {}

  result<void> transact(durability wanted,
                        const std::function<void(storage_transaction&)>& work) override {
    ++record_->tried;
    recording_transaction transaction{record_};
    try {
      work(transaction);
    } catch (const storage_error& e) {
      return tl::unexpected<error>{e.why};
    }
    record_->before_commit(*record_);
    if (record_->failure)
      return tl::unexpected<error>{*record_->failure};
    record_->transactions.push_back(std::move(transaction.calls));
    record_->durabilities.push_back(wanted);
    return {};
  }

  result<std::unique_ptr<storage_reader>> open_reader() override {
    if (record_->reader_failure)
      return tl::unexpected<error>{*record_->reader_failure};
    return std::make_unique<recording_reader>(record_, ++record_->readers);
  }

private:
  std::shared_ptr<recording> record_;
};

} // namespace troupe::test
