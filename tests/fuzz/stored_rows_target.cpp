// SPDX-License-Identifier: Apache-2.0
#include <caf/send.hpp>
#include <memory>
#include <string>
#include <vector>

#include "actors/dispatcher.hpp"
#include "actors/dispatcher_state.hpp"
#include "actors/receptionist.hpp"
#include "actors/repository.hpp"
#include "actors/shard_table.hpp"
#include "gateway/doorkeeper.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "tests/fuzz/shown.hpp"
#include "tests/fuzz/spoiled_database.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/temporary_folder.hpp"

/// Rows of a database that somebody has spoiled, a line an edit (see spoiled_database.hpp).
///
/// The file is opened or refused. What is read from it is told to callers, and a dispatcher hands
/// its jobs out: whatever stands there, each call ends with an answer.
namespace stored_rows_target {

using namespace troupe;
using fuzz::require;

namespace {

// More messages than that, and something goes round in circles.
constexpr std::size_t messages_max = 20'000;

template <class T>
bool answered(const result<T>& x) {
  require(x || !x.error().text.empty(), "what is refused is refused for something");
  return x.has_value();
}

void read_jobs(storage_reader& reader) {
  std::vector<job_id> ids;
  for (job_id id = 1; id <= 45; ++id)
    ids.push_back(id);
  for (const bool details : {false, true})
    if (const auto found = reader.get({ids, details}); answered(found))
      for (const auto& x : found->jobs)
        fuzz::show(x);
  for (auto state = 0; state <= 8; ++state) {
    list_jobs request;
    if (state > 0)
      request.states = {static_cast<job_state>(state)};
    request.tag = state == 8 ? "red" : "";
    request.text = state == 7 ? "one" : "";
    if (const auto found = reader.list(request); answered(found))
      for (const auto& x : found->jobs)
        fuzz::show(x);
  }
}

void read_records_of(storage_reader& reader) {
  if (const auto found = reader.collections({}); answered(found))
    for (const auto& x : found->collections)
      fuzz::show(x);
  if (const auto found = reader.read({fuzz::stored_collection_name, {"a", "b", "c"}});
      answered(found))
    for (const auto& x : found->records)
      fuzz::show(x);
  query_records query;
  query.collection = fuzz::stored_collection_name;
  query.limit = 10;
  query.sort = {{"n", true}};
  answered(reader.select(query));
  query.filter = {{filter_operator::equal, "n", {"1"}}};
  query.search = "one";
  answered(reader.select(query));
  if (const auto found = reader.changes({fuzz::stored_collection_name, 0, 10, milliseconds{0}, 0});
      answered(found))
    for (const auto& x : found->changes)
      fuzz::show(x);
  if (const auto found = reader.shards({}); answered(found)) {
    shard_table table{{}};
    table.load(
      *found, [](const owner_id&) { return false; }, shard_table::time_point{});
    table.expire(shard_table::time_point{std::chrono::hours{1}});
  }
  if (const auto found = reader.tokens({}); answered(found)) {
    doorkeeper keeper{{.required = true}};
    keeper.learn(*found, {});
    http_request x;
    x.headers["authorization"] = "Bearer troupe_abcdefghijkl" + std::string(43, 'x');
    keeper.decide(x, permission::records_read, "notes", true, {}, {});
  }
}

void write_records_of(storage_engine& store) {
  write_records writes;
  writes.now = test::start_date;
  writes.idempotency_key = "key";
  writes.fingerprint = "print";
  writes.idempotency_scope = "ann";
  for (const auto* id : {"a", "c"})
    writes.writes.push_back(
      {fuzz::stored_collection_name, id, false, R"({"n":2,"text":"three"})", {}, 1, 60});
  const auto write = [&](storage_transaction& x) { x.write(writes); };
  answered(store.transact(durability::process, write));
  writes.idempotency_key.clear();
  answered(store.transact(durability::process, write));
  answered(store.transact(durability::process, [](storage_transaction& x) {
    x.trim({fuzz::stored_collection_name, test::start_date, test::start_date, 10});
  }));
}

worker_actor::behavior_type idle_worker(worker_actor::pointer) {
  return {[](const run_jobs&) {}, [](const cancel_leases&) {},
          [](const drain_worker&) { return caf::ok_atom_v; }, [](resume_worker) {},
          [](const named_actor&) {}};
}

dispatcher_options options_of(test::fixture& stage, const repository_actor& storage) {
  dispatcher_options options;
  options.env = stage.simulated_environment();
  options.repository = storage;
  receptionist_options reception;
  reception.self.name = "control";
  reception.env = options.env;
  options.receptionist = stage.system.spawn(receptionist, reception);
  queue_settings queue;
  queue.name = fuzz::stored_queue_name;
  queue.handler = "h";
  queue.dead_letter = fuzz::stored_dead_letter_name;
  queue_settings dead;
  dead.name = fuzz::stored_dead_letter_name;
  options.queues = {queue, dead};
  return options;
}

/// A dispatcher over the store, and a worker that takes jobs and is lost.
void dispatch(std::unique_ptr<storage_engine> store) {
  test::fixture stage;
  const auto env = stage.simulated_environment();
  std::shared_ptr<storage_engine> shared = std::move(store);
  const auto storage
    = stage.system.spawn(repository, std::move(shared), repository_options{.env = env});
  const auto boss = stage.system.spawn(dispatcher, options_of(stage, storage));
  stage.settle(messages_max);
  const auto worker = stage.system.spawn(idle_worker);
  stage.request<worker_registered>(
    boss, register_worker{{"north", 7}, {fuzz::stored_queue_name}, 4, 4, {}}, worker);
  stage.settle(messages_max);
  stage.request<jobs_changed>(boss, cancel_jobs{{1, 2, 3, 4, 5, 6, 7, 8}});
  stage.request<jobs_changed>(boss, retry_jobs{{1, 2, 3, 4, 5, 6, 7, 8}});
  stage.request<jobs_redriven>(boss, redrive_jobs{fuzz::stored_dead_letter_name, 10});
  const auto queues = stage.request<queues_listed>(boss, list_queues{});
  stage.settle(messages_max);
  if (queues->has_value() && **queues)
    for (const auto& x : (**queues)->queues)
      fuzz::show(x);
  stage.advance(std::chrono::seconds{12}, std::chrono::milliseconds{500});
  stage.kill_all();
}

void run(std::string_view edits) {
  static const test::temporary_folder folder;
  const auto path = folder.path() / "spoiled.db";
  fuzz::write_spoiled_database(path, edits);
  auto store = open_sqlite_store({path});
  if (!answered(store))
    return;
  if (const auto reader = (*store)->open_reader(); answered(reader)) {
    read_jobs(**reader);
    read_records_of(**reader);
  }
  write_records_of(**store);
  dispatch(std::move(*store));
}

const fuzz::known_target known{"stored_rows", run};

} // namespace

} // namespace stored_rows_target
