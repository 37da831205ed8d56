// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/record_samples.hpp"

#include <numeric>
namespace troupe::test {

namespace {

template <class T>
T value_of(result<T> x) {
  if (!x)
    FAIL(to_string(x.error()));
  return std::move(*x);
}

} // namespace

record_write put(const std::string& id, const std::string& fields, const write_condition& condition,
                 const std::string& collection) {
  return {collection, id, false, fields, condition, 1, 0};
}

record_write removal(const std::string& id, const write_condition& condition,
                     const std::string& collection) {
  return {collection, id, true, "", condition, 1, 0};
}

record_driver::record_driver(storage_engine& store)
    : store_{store},
      reader_{value_of(store.open_reader())} {
  if (!value_of(reader_->shards({})).shards.empty())
    return;
  std::vector<std::uint32_t> all(key_shards);
  std::iota(all.begin(), all.end(), 0u);
  claim(all);
}

void record_driver::declare(const std::vector<collection_declaration>& collections) {
  const auto done = store_.transact(durability::machine,
                                    [&](storage_transaction& tx) { tx.declare({collections}); });
  if (!done)
    FAIL(to_string(done.error()));
}

shards_stored record_driver::claim(const std::vector<std::uint32_t>& shards,
                                   const owner_id& owner) {
  return in_transaction([&](storage_transaction& tx) { return tx.claim({owner, shards}); });
}

records_written record_driver::write(const std::vector<record_write>& writes, timestamp now) {
  return write({now, writes, "", ""});
}

records_written record_driver::write(const write_records& request) {
  return in_transaction([&](storage_transaction& tx) { return tx.write(request); });
}

record_written record_driver::must_write(const record_write& write, timestamp now) {
  auto answer = this->write(std::vector{write}, now);
  CHECK(answer.code == 0);
  REQUIRE(answer.results.size() == 1);
  REQUIRE(answer.results[0].code == 0);
  return answer.results[0];
}

records_trimmed record_driver::trim(const trim_records& request) {
  return in_transaction([&](storage_transaction& tx) { return tx.trim(request); });
}

step_stored record_driver::commit(const store_step& step) {
  return in_transaction([&](storage_transaction& tx) { return tx.commit(step); });
}

stored_collection record_driver::collection(const std::string& name) {
  for (const auto& x : value_of(reader_->collections({})).collections)
    if (x.declaration.name == name)
      return x;
  FAIL("no collection " + name);
  return {};
}

record record_driver::get(const std::string& id, const std::string& collection) {
  const auto found = read({id}, collection);
  REQUIRE(found.records.size() == 1);
  return found.records[0];
}

records_read record_driver::read(const std::vector<std::string>& wanted,
                                 const std::string& collection) {
  return value_of(reader_->read({collection, wanted}));
}

records_queried record_driver::select(const query_records& request) {
  return value_of(reader_->select(request));
}

changes_read record_driver::changes(std::uint64_t after, std::uint32_t limit,
                                    const std::string& collection) {
  return value_of(reader_->changes({collection, after, limit, milliseconds{0}}));
}

error record_driver::refusal(const query_records& request) {
  const auto selected = reader_->select(request);
  REQUIRE_FALSE(selected);
  return selected.error();
}

std::vector<std::string> ids_of(const std::vector<record>& records) {
  std::vector<std::string> found;
  for (const auto& x : records)
    found.push_back(x.id);
  return found;
}

std::vector<std::uint16_t> codes_of(const records_written& x) {
  std::vector<std::uint16_t> found;
  for (const auto& result : x.results)
    found.push_back(result.code);
  return found;
}

record_contents record_contents_of(storage_engine& store) {
  record_contents all;
  const auto reader = value_of(store.open_reader());
  all.collections = value_of(reader->collections({})).collections;
  all.shards = value_of(reader->shards({})).shards;
  for (const auto& x : all.collections) {
    auto& records = all.records.emplace_back();
    query_records query;
    query.collection = x.declaration.name;
    query.limit = limits::page_records_max;
    do {
      auto page = value_of(reader->select(query));
      records.insert(records.end(), page.records.begin(), page.records.end());
      query.after = page.last;
    } while (!query.after.empty());
    auto& changes = all.changes.emplace_back();
    std::uint64_t after = x.oldest_change == 0 ? 0 : x.oldest_change - 1;
    for (;;) {
      const auto page
        = value_of(reader->changes({x.declaration.name, after, 1000, milliseconds{0}}));
      if (page.changes.empty())
        break;
      changes.insert(changes.end(), page.changes.begin(), page.changes.end());
      after = page.next;
    }
  }
  return all;
}

} // namespace troupe::test
