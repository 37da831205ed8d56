#include <algorithm>
#include <catch2/catch.hpp>

#include "actors/dispatcher.hpp"
#include "actors/dispatcher_state.hpp"
#include "actors/receptionist.hpp"
#include "actors/repository.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/memory_store.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

/// What a scripted worker was told.
struct orders {
  std::vector<leased_job> runs;
  std::vector<lease_key> cancels;

  std::vector<job_id> jobs() const {
    std::vector<job_id> result;
    for (const auto& x : runs)
      result.push_back(x.lease.job);
    return result;
  }
};

worker_actor::behavior_type scripted_worker(worker_actor::pointer, std::shared_ptr<orders> seen) {
  return {
    [seen](const run_jobs& x) {
      seen->runs.insert(seen->runs.end(), x.jobs.begin(), x.jobs.end());
    },
    [seen](const cancel_leases& x) {
      seen->cancels.insert(seen->cancels.end(), x.leases.begin(), x.leases.end());
    },
    [](const drain_worker&) { return caf::ok_atom::value; },
    [](const named_actor&) {},
  };
}

struct scripted {
  worker_id id;
  worker_actor handle;
  std::shared_ptr<orders> seen = std::make_shared<orders>();
};

struct dispatching : test::fixture {
  std::shared_ptr<test::memory_store::disk> disk = std::make_shared<test::memory_store::disk>();
  dispatcher_options options;
  repository_actor storage;
  dispatcher_actor boss;
  std::uint64_t incarnations = 0;

  dispatching() {
    auto env = simulated_environment();
    storage = system.spawn(repository,
                           std::shared_ptr<job_store>{std::make_shared<test::memory_store>(disk)},
                           repository_options{env});
    options.env = env;
    options.repository = storage;
    receptionist_options reception;
    reception.self.name = "control";
    reception.env = env;
    options.receptionist = system.spawn(receptionist, reception);
    queue_settings queue;
    queue.name = "q";
    queue.handler = "h";
    queue.dead_letter = "q.dead";
    queue.max_attempts = 2;
    queue.max_losses = 2;
    queue.backoff = {1s, 1, 1s};
    queue_settings dead;
    dead.name = "q.dead";
    options.queues = {queue, dead};
  }

  void begin() {
    boss = system.spawn(dispatcher, options);
    settle();
  }

  void restart() {
    caf::anon_send_exit(boss, caf::exit_reason::kill);
    boss = nullptr;
    settle();
    begin();
  }

  std::vector<job_id> enqueue(std::size_t count, job_options job = {}) {
    auto reply = ask<jobs_enqueued>(boss, enqueue_jobs{"q", std::vector(count, new_job{"x", job})});
    REQUIRE(reply);
    std::vector<job_id> ids;
    for (std::uint32_t i = 0; i < reply->count; ++i)
      ids.push_back(reply->first + i);
    return ids;
  }

  scripted join(std::string node, std::uint32_t capacity, std::vector<lease_key> leases = {}) {
    scripted result;
    result.id = {std::move(node), ++incarnations};
    result.handle = system.spawn(scripted_worker, result.seen);
    auto reply = enlist(result, capacity, std::move(leases));
    REQUIRE(reply);
    settle();
    return result;
  }

  result<worker_registered> enlist(const scripted& worker, std::uint32_t capacity,
                                   std::vector<lease_key> leases) {
    return ask<worker_registered>(
      boss, register_worker{worker.id, {"q"}, capacity, capacity, std::move(leases)},
      worker.handle);
  }

  result<heartbeat_reply> beat(const scripted& worker, std::vector<lease_key> leases,
                               std::uint32_t capacity = 1) {
    return ask<heartbeat_reply>(boss, heartbeat{worker.id, capacity, std::move(leases), {}});
  }

  result<finish_reply> finish(const scripted& worker, lease_key lease, outcome_kind kind,
                              std::uint32_t capacity = 1) {
    job_outcome outcome{lease, kind, end_reason::none, "out", milliseconds{-1}};
    return ask<finish_reply>(boss, finish_jobs{worker.id, capacity, {outcome}});
  }

  job look(job_id id) {
    auto reply = ask<jobs_found>(boss, get_jobs{{id}, true});
    REQUIRE(reply);
    REQUIRE(reply->jobs.size() == 1);
    return reply->jobs[0];
  }

  queue_depths depths(std::size_t queue = 0) {
    auto reply = ask<queues_listed>(boss, list_queues{});
    REQUIRE(reply);
    return reply->queues[queue].depths;
  }
};

} // namespace

// -- enqueueing -----------------------------------------------------------------------------------

TEST_CASE_METHOD(dispatching, "J1: an enqueue is answered when the jobs are stored") {
  begin();
  auto ids = enqueue(3);
  CHECK(ids.size() == 3);
  CHECK(look(ids[2]).state == job_state::ready);
  CHECK(depths().ready == 3);
}

TEST_CASE_METHOD(dispatching, "S2: what cannot be stored is refused with its reason") {
  options.queues[0].payload_max = 10;
  options.queues[0].depth_max = 5;
  options.unstored_bytes_max = 20;
  begin();
  auto refused = [&](enqueue_jobs request) {
    auto reply = ask<jobs_enqueued>(boss, std::move(request));
    REQUIRE_FALSE(reply);
    return reply.error();
  };
  CHECK(refused({"nope", {{"x", {}}}}).code == errc::unknown_queue);
  CHECK(refused({"nope", {{"x", {}}}}).text.find("'nope'") != std::string::npos);
  CHECK(refused({"q", {}}).code == errc::invalid_argument);
  CHECK(refused({"q", {{std::string(11, 'x'), {}}}}).code == errc::payload_too_large);
  CHECK(refused({"q", std::vector(6, new_job{})}).code == errc::queue_full);
  CHECK(refused({"q", std::vector(10'001, new_job{})}).code == errc::batch_too_large);
  CHECK(refused({"q", std::vector(3, new_job{std::string(9, 'x'), {}})}).code == errc::overloaded);
  job_options bad;
  bad.priority = 10;
  CHECK(refused({"q", {{"x", bad}}}).code == errc::invalid_argument);
  CHECK(depths() == queue_depths{});
}

TEST_CASE_METHOD(dispatching, "a full disk refuses jobs clearly, and later takes them again") {
  begin();
  disk->failure = error{errc::storage_full, "no space left"};
  auto refused = ask<jobs_enqueued>(boss, enqueue_jobs{"q", {{"x", {}}}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::storage_full);

  disk->failure.reset();
  auto ids = enqueue(1);
  CHECK(depths().ready == 1);
}

// -- handing out ----------------------------------------------------------------------------------

TEST_CASE_METHOD(dispatching, "J6: a worker gets no more jobs than it has room for") {
  begin();
  auto ids = enqueue(5);
  auto worker = join("n1", 2);
  CHECK(worker.seen->jobs() == std::vector<job_id>{ids[0], ids[1]});

  finish(worker, worker.seen->runs[0].lease, outcome_kind::succeeded, 2);
  CHECK(worker.seen->jobs() == std::vector<job_id>{ids[0], ids[1], ids[2]});
}

TEST_CASE_METHOD(dispatching, "J5: higher priorities start first, then older jobs") {
  begin();
  auto low = enqueue(2, {.priority = 1});
  auto high = enqueue(1, {.priority = 9});
  auto worker = join("n1", 3);
  CHECK(worker.seen->jobs() == std::vector<job_id>{high[0], low[0], low[1]});
}

TEST_CASE_METHOD(dispatching, "J6: a queue that is larger than the window is handed out in order") {
  options.window_jobs_max = 4;
  begin();
  auto ids = enqueue(50);
  auto worker = join("n1", 1);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    REQUIRE(worker.seen->runs.size() == i + 1);
    REQUIRE(worker.seen->runs[i].lease.job == ids[i]);
    REQUIRE(finish(worker, worker.seen->runs[i].lease, outcome_kind::succeeded));
  }
  CHECK(depths().succeeded == 50);
  CHECK(depths().ready == 0);
}

TEST_CASE_METHOD(dispatching,
                 "F01: a delayed job starts when its time has come, after a restart too") {
  begin();
  auto ids = enqueue(1, {.delay = 10s});
  auto worker = join("n1", 1);
  advance(5s);
  CHECK(look(ids[0]).state == job_state::scheduled);
  restart();
  worker = join("n1", 1);
  advance(4900ms);
  CHECK(worker.seen->runs.empty());
  advance(200ms);
  CHECK(worker.seen->jobs() == ids);
  CHECK(depths().scheduled == 0);
}

// -- ending ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(dispatching, "J2: a succeeded job keeps its result and runs no more") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto reply = finish(worker, worker.seen->runs[0].lease, outcome_kind::succeeded);
  REQUIRE(reply);
  CHECK(reply->lost.empty());

  auto done = look(ids[0]);
  CHECK(done.state == job_state::succeeded);
  CHECK(done.result == "out");
  CHECK(done.node == "n1");
  advance(1min);
  CHECK(worker.seen->runs.size() == 1);
}

TEST_CASE_METHOD(dispatching, "F13, F14: a failed job is retried, then dead, copied and redriven") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  finish(worker, worker.seen->runs[0].lease, outcome_kind::failed);
  CHECK(look(ids[0]).state == job_state::retrying);
  for (int i = 0; i < 12 && worker.seen->runs.size() < 2; ++i) {
    advance(100ms);
    beat(worker, {});
  }
  REQUIRE(worker.seen->runs.size() == 2);
  CHECK(worker.seen->runs[1].attempt == 2);
  CHECK(worker.seen->runs[1].lease.epoch > worker.seen->runs[0].lease.epoch);
  finish(worker, worker.seen->runs[1].lease, outcome_kind::failed);

  CHECK(look(ids[0]).state == job_state::dead);
  CHECK(depths(1).ready == 1);
  auto copies = ask<jobs_found>(boss, list_jobs{"q.dead", {}, 0, 10});
  REQUIRE(copies);
  REQUIRE(copies->jobs.size() == 1);
  CHECK(copies->jobs[0].origin == ids[0]);
  CHECK(copies->jobs[0].origin_queue == "q");

  auto redriven = ask<jobs_redriven>(boss, redrive_jobs{"q.dead", 10});
  REQUIRE(redriven);
  CHECK(redriven->moved == 1);
  CHECK(redriven->left == 0);
  REQUIRE(worker.seen->runs.size() == 3);
  CHECK(worker.seen->runs[2].payload == "x");
  CHECK(worker.seen->runs[2].attempt == 1);
}

TEST_CASE_METHOD(dispatching, "a dead job that is retried begins afresh") {
  options.queues[0].max_attempts = 1;
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  finish(worker, worker.seen->runs[0].lease, outcome_kind::failed);
  auto reply = ask<jobs_changed>(boss, retry_jobs{{ids[0], 12345}});
  REQUIRE(reply);
  CHECK(reply->codes
        == std::vector<std::uint16_t>{0, static_cast<std::uint16_t>(errc::unknown_job)});
  REQUIRE(worker.seen->runs.size() == 2);
  CHECK(worker.seen->runs[1].attempt == 1);
  CHECK(depths().dead == 0);
}

TEST_CASE_METHOD(dispatching,
                 "F20: a job that is handed back starts elsewhere and counts nothing") {
  begin();
  auto ids = enqueue(1);
  auto first = join("n1", 1);
  auto second = join("n2", 1);
  finish(first, first.seen->runs[0].lease, outcome_kind::released, 0);
  REQUIRE(second.seen->jobs() == ids);
  CHECK(second.seen->runs[0].attempt == 1);
}

TEST_CASE_METHOD(dispatching, "a full disk loses no outcome: its worker says it again") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs[0].lease;
  disk->failure = error{errc::storage_full, "no space left"};
  auto refused = finish(worker, lease, outcome_kind::succeeded);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::storage_full);
  CHECK(look(ids[0]).state == job_state::running);

  disk->failure.reset();
  auto reply = finish(worker, lease, outcome_kind::succeeded);
  REQUIRE(reply);
  CHECK(reply->lost.empty());
  CHECK(look(ids[0]).state == job_state::succeeded);
}

TEST_CASE_METHOD(dispatching, "a full disk delays grants and loses no job") {
  begin();
  auto ids = enqueue(2);
  disk->failure = error{errc::storage_full, "no space left"};
  auto worker = join("n1", 2);
  CHECK(worker.seen->runs.empty());
  disk->failure.reset();
  advance(1s);
  CHECK(worker.seen->jobs() == ids);
}

// -- leases ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(dispatching, "F02: heartbeats keep a lease for as long as the handler needs") {
  begin();
  enqueue(1);
  auto first = join("n1", 1);
  auto second = join("n2", 1);
  auto lease = first.seen->runs[0].lease;
  for (int i = 0; i < 30; ++i) {
    advance(2s);
    auto reply = beat(first, {lease});
    REQUIRE(reply);
    REQUIRE(reply->lost.empty());
    beat(second, {});
  }
  CHECK(second.seen->runs.empty());
  CHECK(finish(first, lease, outcome_kind::succeeded)->lost.empty());
}

TEST_CASE_METHOD(dispatching, "J4: a broken connection hands the jobs over at once") {
  begin();
  auto ids = enqueue(2);
  auto first = join("n1", 2);
  auto second = join("n2", 2);
  REQUIRE(first.seen->runs.size() == 2);
  caf::anon_send_exit(first.handle, caf::exit_reason::kill);
  settle();

  CHECK(second.seen->jobs() == ids);
  CHECK(look(ids[0]).counters.losses == 1);
  CHECK(look(ids[0]).history.size() == 1);
}

TEST_CASE_METHOD(dispatching, "J4: silence hands the jobs over within the lease and one interval") {
  begin();
  auto ids = enqueue(1);
  auto silent = join("n1", 1);
  auto other = join("n2", 1);
  for (int i = 0; i < 79; ++i) {
    advance(100ms);
    beat(other, {});
  }
  CHECK(other.seen->runs.empty());
  for (int i = 0; i < 21; ++i) {
    advance(100ms);
    beat(other, {});
  }
  CHECK(other.seen->jobs() == ids);
}

TEST_CASE_METHOD(dispatching,
                 "J3: what an older lease reports changes nothing, and it is told so") {
  begin();
  auto ids = enqueue(1);
  auto zombie = join("n1", 1);
  auto other = join("n2", 1);
  auto stale = zombie.seen->runs[0].lease;
  for (int i = 0; i < 100; ++i) {
    advance(100ms);
    beat(other, {});
  }
  REQUIRE(other.seen->runs.size() == 1);

  auto beaten = beat(zombie, {stale}, 0);
  REQUIRE(beaten);
  CHECK(beaten->lost == std::vector{stale});
  for (auto kind : {outcome_kind::succeeded, outcome_kind::failed, outcome_kind::failed_final,
                    outcome_kind::snoozed, outcome_kind::released, outcome_kind::cancelled}) {
    auto reply = finish(zombie, stale, kind, 0);
    REQUIRE(reply);
    CHECK(reply->lost == std::vector{stale});
    CHECK(look(ids[0]).state == job_state::running);
    CHECK(look(ids[0]).node == "n2");
  }
  CHECK(finish(other, other.seen->runs[0].lease, outcome_kind::succeeded)->lost.empty());
  CHECK(finish(zombie, stale, outcome_kind::failed, 0)->lost == std::vector{stale});
  CHECK(look(ids[0]).state == job_state::succeeded);
}

TEST_CASE_METHOD(dispatching, "a worker that missed two heartbeats gets no new work") {
  begin();
  auto worker = join("n1", 1);
  advance(6s);
  auto ids = enqueue(1);
  CHECK(worker.seen->runs.empty());
  beat(worker, {});
  CHECK(worker.seen->jobs() == ids);
}

TEST_CASE_METHOD(dispatching, "F35: a job that loses its workers again and again is parked") {
  begin();
  auto ids = enqueue(1);
  for (auto node : {"n1", "n2"}) {
    auto worker = join(node, 1);
    REQUIRE(worker.seen->runs.size() == 1);
    caf::anon_send_exit(worker.handle, caf::exit_reason::kill);
    settle();
  }
  auto parked = look(ids[0]);
  CHECK(parked.state == job_state::dead);
  CHECK(parked.reason == end_reason::lease_lost);
  CHECK(parked.counters == job_counters{0, 2, 0, 2});
  CHECK(depths(1).ready == 1);
}

TEST_CASE_METHOD(dispatching, "F05: a handler that its worker does not end is taken away") {
  options.queues[0].run_timeout = 20s;
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs[0].lease;
  caf::anon_send(boss, start_jobs{worker.id, {lease}});
  for (int i = 0; i < 20; ++i) {
    advance(2s);
    beat(worker, {lease});
  }
  CHECK(look(ids[0]).history[0].reason == end_reason::deadline);
  CHECK(look(ids[0]).counters.failures == 1);
}

TEST_CASE_METHOD(dispatching, "a worker that holds jobs and starts none is reported as idle") {
  begin();
  enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs[0].lease;
  for (int i = 0; i < 5; ++i) {
    advance(2s);
    beat(worker, {lease});
  }
  auto reply = ask<workers_listed>(boss, list_workers{});
  REQUIRE(reply);
  CHECK(reply->workers[0].state == worker_state::idle);
}

// -- restarts -------------------------------------------------------------------------------------

TEST_CASE_METHOD(dispatching,
                 "J3: a new dispatcher adopts the leases that live workers still hold") {
  begin();
  auto ids = enqueue(2);
  auto worker = join("n1", 2);
  auto kept = worker.seen->runs[0].lease;
  restart();
  auto reply = enlist(worker, 2, {kept});
  REQUIRE(reply);
  CHECK(reply->lost.empty());

  // The other one never reached it, or died with it.
  settle();
  REQUIRE(worker.seen->runs.size() == 3);
  CHECK(worker.seen->runs[2].lease.job == ids[1]);
  CHECK(worker.seen->runs[2].lease.epoch > kept.epoch);
  CHECK(finish(worker, kept, outcome_kind::succeeded)->lost.empty());
  CHECK(look(ids[0]).state == job_state::succeeded);
}

TEST_CASE_METHOD(dispatching, "leases that nobody claims after a restart go elsewhere in time") {
  begin();
  auto ids = enqueue(1);
  auto gone = join("n1", 1);
  restart();
  auto other = join("n2", 1);
  for (int i = 0; i < 79; ++i) {
    advance(100ms);
    beat(other, {});
  }
  CHECK(other.seen->runs.empty());
  for (int i = 0; i < 21; ++i) {
    advance(100ms);
    beat(other, {});
  }
  CHECK(other.seen->jobs() == ids);
}

TEST_CASE_METHOD(dispatching, "a worker's next incarnation frees what the last one held") {
  begin();
  auto ids = enqueue(1);
  auto first = join("n1", 1);
  auto again = join("n1", 1);
  CHECK(again.seen->jobs() == ids);
}

TEST_CASE_METHOD(dispatching, "with a grace, a worker that returns in time keeps its leases") {
  options.reconnect_grace = 3s;
  begin();
  auto ids = enqueue(2);
  auto first = join("n1", 1);
  auto second = join("n2", 1);
  auto lease = first.seen->runs[0].lease;
  caf::anon_send_exit(first.handle, caf::exit_reason::kill);
  advance(2s);
  first.handle = system.spawn(scripted_worker, first.seen);
  auto reply = enlist(first, 1, {lease});
  REQUIRE(reply);
  CHECK(reply->lost.empty());
  advance(2s);
  CHECK(finish(first, lease, outcome_kind::succeeded)->lost.empty());
  CHECK(look(ids[0]).counters.losses == 0);
}

TEST_CASE_METHOD(dispatching, "after the grace a worker's leases are over") {
  options.reconnect_grace = 3s;
  begin();
  enqueue(1);
  auto first = join("n1", 1);
  auto second = join("n2", 1);
  caf::anon_send_exit(first.handle, caf::exit_reason::kill);
  advance(2900ms);
  beat(second, {});
  CHECK(second.seen->runs.empty());
  advance(1s);
  CHECK(second.seen->runs.size() == 1);
}

TEST_CASE_METHOD(dispatching, "depths are right after a restart") {
  begin();
  enqueue(3);
  enqueue(2, {.delay = 1h});
  auto worker = join("n1", 1);
  finish(worker, worker.seen->runs[0].lease, outcome_kind::succeeded, 0);
  auto before = depths();
  CHECK(before == queue_depths{2, 2, 0, 0, 1, 0, 0});
  restart();
  CHECK(depths() == before);
}

// -- cancelling -----------------------------------------------------------------------------------

TEST_CASE_METHOD(dispatching, "F07: waiting jobs are cancelled at once") {
  begin();
  auto ids = enqueue(2);
  auto reply = ask<jobs_changed>(boss, cancel_jobs{{ids[0], 999}});
  REQUIRE(reply);
  CHECK(reply->codes
        == std::vector<std::uint16_t>{0, static_cast<std::uint16_t>(errc::unknown_job)});
  auto worker = join("n1", 2);
  CHECK(worker.seen->jobs() == std::vector{ids[1]});
  CHECK(look(ids[0]).state == job_state::cancelled);
}

TEST_CASE_METHOD(dispatching,
                 "F07: a running job's handler is asked to stop, and it is cancelled") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  auto lease = worker.seen->runs[0].lease;
  auto reply = ask<jobs_changed>(boss, cancel_jobs{{ids[0]}});
  REQUIRE(reply);
  CHECK(reply->codes == std::vector<std::uint16_t>{0});
  CHECK(worker.seen->cancels == std::vector{lease});
  CHECK(beat(worker, {lease})->cancelled == std::vector{lease});

  finish(worker, lease, outcome_kind::cancelled);
  CHECK(look(ids[0]).state == job_state::cancelled);
  CHECK(depths().cancelled == 1);
}

TEST_CASE_METHOD(dispatching, "a final job cannot be cancelled") {
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  finish(worker, worker.seen->runs[0].lease, outcome_kind::succeeded);
  auto reply = ask<jobs_changed>(boss, cancel_jobs{ids});
  REQUIRE(reply);
  CHECK(reply->codes == std::vector<std::uint16_t>{static_cast<std::uint16_t>(errc::wrong_state)});
}

// -- looking --------------------------------------------------------------------------------------

TEST_CASE_METHOD(dispatching, "a reader of events waits until something happens") {
  begin();
  auto start = ask<events_read>(boss, read_events{});
  REQUIRE(start);
  auto waiting = request<events_read>(boss, read_events{start->next, 100, 10s});
  settle();
  CHECK_FALSE(waiting->has_value());
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  REQUIRE(waiting->has_value());
  REQUIRE((*waiting)->value().events.size() == 1);
  auto event = (*waiting)->value().events[0];
  CHECK(event.kind == job_event_kind::leased);
  CHECK(event.lease == worker.seen->runs[0].lease);
  CHECK(event.node == "n1");
}

TEST_CASE_METHOD(dispatching, "a reader of events is answered with none when its time is over") {
  begin();
  auto start = ask<events_read>(boss, read_events{});
  auto waiting = request<events_read>(boss, read_events{start->next, 100, 3s});
  advance(4s);
  REQUIRE(waiting->has_value());
  CHECK((*waiting)->value().events.empty());
  CHECK((*waiting)->value().next == start->next);
}

TEST_CASE_METHOD(dispatching, "final jobs are removed after their retention, in small batches") {
  options.queues[0].retention = 1h;
  begin();
  auto ids = enqueue(1);
  auto worker = join("n1", 1);
  finish(worker, worker.seen->runs[0].lease, outcome_kind::succeeded, 0);
  advance(59min, 1s);
  CHECK(ask<jobs_found>(boss, get_jobs{ids, true})->jobs.size() == 1);
  advance(2min, 1s);
  CHECK(ask<jobs_found>(boss, get_jobs{ids, true})->jobs.empty());
  CHECK(depths().succeeded == 0);
}

TEST_CASE_METHOD(dispatching, "a store that does not answer makes the dispatcher start afresh") {
  begin();
  enqueue(1);
  caf::anon_send_exit(storage, caf::exit_reason::kill);
  settle();
  self->monitor(boss);
  request<jobs_enqueued>(boss, enqueue_jobs{"q", {{"x", {}}}});
  settle();
  auto ended = false;
  self->receive([&](const caf::down_msg&) { ended = true; }, caf::after(0s) >> [] {});
  CHECK(ended);
}
