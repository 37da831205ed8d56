// SPDX-License-Identifier: Apache-2.0
#include "bench/store_bench.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>

#include "persistence/sqlite/sqlite_store.hpp"

namespace troupe::bench {

namespace {

constexpr std::size_t payload_bytes = 256;
constexpr job_id first_job = (job_id{1} << 48) + 1;
constexpr timestamp start{std::chrono::microseconds{1'700'000'000'000'000}};

/// Runs `work` and prints how many of `count` things it did in a second.
template <class Work>
void measure(const char* name, std::size_t count, Work work) {
  const auto cpu = std::clock();
  const auto begin = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  std::printf("%-44s %10.0f /s  (%zu in %.2f s, %.2f us of processor each)\n", name,
              static_cast<double>(count) / taken.count(), count, taken.count(),
              1e6 * static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC
                / static_cast<double>(count));
}

void must(const result<void>& done) {
  if (!done)
    throw std::runtime_error{to_string(done.error())};
}

std::unique_ptr<storage_engine> open_at(const std::filesystem::path& path) {
  auto store = open_sqlite_store({path});
  if (!store)
    throw std::runtime_error{to_string(store.error())};
  return std::move(*store);
}

/// What the machine itself can do: write a block, flush it.
void measure_flushes(const std::filesystem::path& folder) {
  const auto path = folder / "flush";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
  const std::string block(4096, 'x');
  constexpr std::size_t count = 500;
  measure("write of 4 KiB and fdatasync", count, [&] {
    for (std::size_t i = 0; i < count; ++i)
      if (::write(file, block.data(), block.size()) < 0 || ::fdatasync(file) != 0)
        throw std::system_error{errno, std::generic_category(), path.string()};
  });
  ::close(file);
}

class store_bench {
public:
  explicit store_bench(storage_engine& store) : store_{store} {
    must(store_.transact(durability::machine, [&](job_transaction& tx) {
      next_ = tx.open({1, {"bench"}}).next_job;
    }));
  }

  void insert(std::size_t jobs, std::size_t batch, std::size_t batches_a_commit) {
    insert_jobs request{"bench", 0, start, std::vector<new_job>(batch)};
    for (auto& x : request.jobs)
      x.payload.assign(payload_bytes, 'p');
    for (std::size_t done = 0; done < jobs; done += batch * batches_a_commit)
      must(store_.transact(durability::machine, [&](job_transaction& tx) {
        for (std::size_t i = 0; i < batches_a_commit; ++i) {
          request.first = next_;
          next_ += batch;
          tx.insert(request);
        }
      }));
  }

  /// Grants and ends the oldest jobs, a batch a commit.
  void run(std::size_t jobs, std::size_t batch, job_id first) {
    for (std::size_t done = 0; done < jobs; done += batch) {
      grant_leases grants{start, {}};
      end_leases ends{start + std::chrono::microseconds{done}, {}};
      for (std::size_t i = done; i < std::min(jobs, done + batch); ++i) {
        const lease_key lease{first + i, (lease_epoch{1} << 40) + i};
        grants.grants.push_back({lease, i % 2 == 0 ? "worker-1" : "worker-2"});
        ends.ends.push_back({lease, job_state::succeeded, end_reason::none, {}, "", "", 0});
      }
      must(
        store_.transact(durability::process, [&](job_transaction& tx) { (void)tx.grant(grants); }));
      must(store_.transact(durability::machine, [&](job_transaction& tx) { (void)tx.end(ends); }));
    }
  }

private:
  storage_engine& store_;
  job_id next_ = 0;
};

/// Writes records of some 250 bytes, a request each, as the owners of their keys send them.
class record_bench {
public:
  record_bench(storage_engine& store, collection_declaration collection)
      : store_{store},
        name_{collection.name} {
    claim_shards all{{"bench", 1, 0}, {}};
    for (std::uint32_t shard = 0; shard < key_shards; ++shard)
      all.shards.push_back(shard);
    must(store_.transact(durability::machine, [&](storage_transaction& tx) {
      epoch_ = tx.claim(all).shards.front().epoch;
      tx.declare({{collection}});
    }));
  }

  /// `count` writes under the ids from `first` on, `batch` of them a durable commit.
  void put(std::size_t first, std::size_t count, std::size_t batch) {
    for (std::size_t done = 0; done < count; done += batch)
      must(store_.transact(durability::machine, [&](storage_transaction& tx) {
        for (std::size_t i = done; i < done + batch; ++i)
          if (tx.write({start, {write_of(first + i)}, "", "", ""}).results.at(0).code != 0)
            throw std::runtime_error{"a write was refused"};
      }));
  }

private:
  record_write write_of(std::size_t number) const {
    const auto text = std::to_string(number);
    return {name_,
            "01890a5d-ac96-774b-bcce-" + std::string(12 - text.size(), '0') + text,
            false,
            R"({"state":"ready","size":)" + text + R"(,"author":{"name":"somebody"},"title":"word)"
              + text + R"( and another word","body":")" + std::string(120, 'b') + "\"}",
            {},
            epoch_,
            0};
  }

  storage_engine& store_;
  std::string name_;
  std::uint64_t epoch_ = 0;
};

void measure_records(storage_engine& store, std::size_t records, const std::string& what,
                     const collection_declaration& collection) {
  record_bench bench{store, collection};
  for (const std::size_t batch : {32, 1000})
    measure((what + ": new, " + std::to_string(batch) + " a commit").c_str(), records,
            [&] { bench.put(batch * 1'000'000, records / batch * batch, batch); });
  measure((what + ": replaced, 1000 a commit").c_str(), records,
          [&] { bench.put(1'000'000'000, records, 1000); });
}

/// Reads what is left, window by window, as a dispatcher does.
void measure_reads(storage_engine& store) {
  auto reader = store.open_reader();
  if (!reader)
    throw std::runtime_error{to_string(reader.error())};
  constexpr std::uint32_t window = 1000;
  constexpr std::size_t windows = 100;
  measure("read of ready jobs, 1,000 a read", window * windows, [&] {
    read_ready request{"bench", limits::priority_max, 0, window, limits::batch_bytes_max};
    for (std::size_t i = 0; i < windows; ++i) {
      const auto read = (*reader)->ready(request);
      if (!read || read->jobs.empty())
        throw std::runtime_error{"too few jobs are left to read: measure with more"};
      request.priority = read->jobs.back().options.priority;
      request.after = read->jobs.back().id;
    }
  });
}

} // namespace

void run_store_benchmark(const std::filesystem::path& folder, std::size_t jobs) {
  std::filesystem::create_directories(folder);
  measure_flushes(folder);
  const auto path = folder / "bench.db";
  for (const char* suffix : {"", "-wal", "-shm", ".lock"})
    std::filesystem::remove(path.string() + suffix);
  auto store = open_at(path);
  store_bench bench{*store};
  measure("insert of 1, a durable commit each", 500, [&] { bench.insert(500, 1, 1); });
  measure("insert in 100s, a durable commit each", jobs / 5,
          [&] { bench.insert(jobs / 5, 100, 1); });
  measure("insert in 100s, 2,000 a commit", jobs, [&] { bench.insert(jobs, 100, 20); });
  measure("insert in 100s, 10,000 a commit", jobs, [&] { bench.insert(jobs, 100, 100); });
  measure("grant and end, 500 a commit", jobs, [&] { bench.run(jobs, 500, first_job); });
  measure("grant and end, 4,000 a commit", jobs, [&] { bench.run(jobs, 4000, first_job + jobs); });
  measure_reads(*store);
  const std::size_t records = std::max<std::size_t>(jobs / 10'000 * 1000, 1000);
  measure_records(*store, records, "record", {"plain", {}, {}, "", {}});
  measure_records(*store, records, "record, 2 indexes",
                  {"indexed", {"size", "author.name"}, {}, "", {}});
  measure_records(*store, records, "record, searched", {"searched", {}, {"title"}, "", {}});
  store.reset();
  measure("open and check the whole database", 1, [&] { store = open_at(path); });
}

} // namespace troupe::bench
