// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/engines.hpp"

#include <cstdlib>

#include "persistence/sqlite/sqlite_store.hpp"

namespace troupe::test {

memory_engine::memory_engine() {
  reopen();
}

void memory_engine::reopen() {
  store_ = std::make_unique<memory_store>(disk_);
}

std::unique_ptr<storage_engine> open_at(const std::filesystem::path& path) {
  auto store = open_sqlite_store({path});
  if (!store)
    FAIL(to_string(store.error()));
  return std::move(*store);
}

sqlite_engine::sqlite_engine() {
  reopen();
}

void sqlite_engine::reopen() {
  store_.reset();
  store_ = open_at(path());
}

timestamp at(int seconds) {
  return timestamp{std::chrono::seconds{1'700'000'000 + seconds}};
}

driver::driver(storage_engine& store) : store_{store} {
  auto reader = store.open_reader();
  if (!reader)
    FAIL(to_string(reader.error()));
  reader_ = std::move(*reader);
}

void driver::must(const result<void>& done) {
  if (!done)
    FAIL(to_string(done.error()));
}

shard_opened driver::open(const std::vector<std::string>& queues) {
  return in_transaction([&](job_transaction& tx) { return tx.open({3, queues}); });
}

void driver::insert(job_id first, const std::vector<new_job>& jobs, const std::string& queue,
                    timestamp now) {
  in_transaction([&](job_transaction& tx) { tx.insert({queue, first, now, jobs}); });
}

bool driver::grant(job_id id, lease_epoch epoch, const std::string& node, timestamp now) {
  return in_transaction([&](job_transaction& tx) {
           return tx.grant({now, {{{id, epoch}, node}}});
         })
    .refused.empty();
}

bool driver::end(const lease_end& end, timestamp now) {
  return in_transaction([&](job_transaction& tx) { return tx.end({now, {end}}); }).lost.empty();
}

jobs_promoted driver::promote(timestamp now, std::uint32_t limit) {
  return in_transaction([&](job_transaction& tx) { return tx.promote({"mail", now, limit}); });
}

job driver::get(job_id id) {
  auto found = reader_->get({{id}, true});
  if (!found)
    FAIL(to_string(found.error()));
  REQUIRE(found->jobs.size() == 1);
  return found->jobs.front();
}

bool driver::exists(job_id id) {
  return !reader_->get({{id}, false}).value().jobs.empty();
}

jobs_found driver::find(const list_jobs& request) {
  auto found = reader_->list(request);
  if (!found)
    FAIL(to_string(found.error()));
  return std::move(*found);
}

std::vector<job_id> driver::list(const list_jobs& request) {
  std::vector<job_id> ids;
  for (const auto& x : find(request).jobs)
    ids.push_back(x.id);
  return ids;
}

ready_read driver::ready(const read_ready& request) {
  auto read = reader_->ready(request);
  if (!read)
    FAIL(to_string(read.error()));
  return std::move(*read);
}

std::vector<job> contents(storage_engine& store) {
  auto reader = store.open_reader();
  if (!reader)
    FAIL(to_string(reader.error()));
  const auto listed = (*reader)->list({"", {}, 0, 1'000'000, "", ""});
  if (!listed)
    FAIL(to_string(listed.error()));
  get_jobs all;
  for (const auto& x : listed->jobs)
    all.ids.push_back(x.id);
  return (*reader)->get(all).value().jobs;
}

} // namespace troupe::test
