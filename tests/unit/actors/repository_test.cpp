// SPDX-License-Identifier: Apache-2.0
#include <caf/send.hpp>
#include <catch2/catch.hpp>
#include <set>

#include "actors/repository.hpp"
#include "actors/spawn.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/recording_store.hpp"

namespace repository_test {

using namespace troupe;
using namespace troupe::test;

namespace {

struct repository_fixture : fixture {
  std::shared_ptr<recording> record = std::make_shared<recording>();
  repository_actor actor = start(1);

  repository_actor start(std::size_t readers) {
    auto env = simulated_environment();
    return spawn_blocking(system, env, repository, std::make_shared<recording_store>(record),
                          repository_options{env, readers});
  }

  answer<caf::ok_atom> insert(std::string payload) {
    insert_jobs job;
    job.queue = "mail";
    job.first = 1;
    job.jobs.push_back({std::move(payload), {}});
    return request<caf::ok_atom>(actor, job);
  }
};

bool succeeded(const answer<caf::ok_atom>& x) {
  return x->has_value() && (**x).has_value();
}

error refusal(const answer<caf::ok_atom>& x) {
  return x->has_value() && !(**x).has_value() ? (**x).error() : error{};
}

using calls = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(repository_fixture, "requests that wait together share one commit, in order") {
  auto a = insert("a");
  auto b = insert("b");
  auto granted = request<leases_granted>(actor, grant_leases{});
  auto c = insert("c");
  settle();

  CHECK(record->transactions == std::vector<calls>{{"insert a", "insert b", "grant", "insert c"}});
  CHECK(succeeded(a));
  CHECK(succeeded(b));
  CHECK(succeeded(c));
  REQUIRE(granted->has_value());
  CHECK((**granted)->refused == std::vector<lease_key>{{3, 4}});
}

TEST_CASE_METHOD(repository_fixture, "J1: nobody is answered before the commit") {
  auto a = insert("a");
  auto commits = 0;
  record->before_commit = [&](const recording&) {
    ++commits;
    CHECK_FALSE(a->has_value());
  };

  settle();

  CHECK(commits == 1);
  CHECK(succeeded(a));
}

TEST_CASE_METHOD(repository_fixture, "a request after a commit starts the next group") {
  insert("a");
  settle();
  insert("b");
  settle();

  CHECK(record->transactions == std::vector<calls>{{"insert a"}, {"insert b"}});
}

TEST_CASE_METHOD(repository_fixture, "every change reaches the store and its answer the sender") {
  CHECK(ask<shard_opened>(actor, open_shard{})->incarnation == 7);
  CHECK(ask<leases_granted>(actor, grant_leases{}).has_value());
  CHECK(ask<leases_ended>(actor, end_leases{})->lost == std::vector<lease_key>{{1, 2}});
  CHECK(ask<jobs_promoted>(actor, promote_jobs{}).has_value());
  CHECK(ask<jobs_updated>(actor, cancel_waiting{}).has_value());
  CHECK(ask<jobs_updated>(actor, revive_jobs{}).has_value());
  CHECK(ask<dead_letters_moved>(actor, move_dead_letters{}).has_value());
  CHECK(ask<jobs_purged>(actor, purge_jobs{})->succeeded == 5);

  CHECK(record->transactions
        == std::vector<calls>{
          {"open"}, {"grant"}, {"end"}, {"promote"}, {"cancel"}, {"revive"}, {"move"}, {"purge"}});
}

TEST_CASE_METHOD(repository_fixture, "only what cannot be done again waits for the machine") {
  using d = durability;
  ask<leases_granted>(actor, grant_leases{});
  ask<jobs_promoted>(actor, promote_jobs{});
  ask<jobs_purged>(actor, purge_jobs{});
  CHECK(record->durabilities == std::vector<d>(3, d::process));
  record->durabilities.clear();

  ask<shard_opened>(actor, open_shard{});
  ask<leases_ended>(actor, end_leases{});
  ask<jobs_updated>(actor, cancel_waiting{});
  ask<jobs_updated>(actor, revive_jobs{});
  ask<dead_letters_moved>(actor, move_dead_letters{});
  request<leases_granted>(actor, grant_leases{});
  insert("a"); // a group is as durable as the most demanding of its members
  settle();
  CHECK(record->durabilities == std::vector<d>(6, d::machine));
}

TEST_CASE_METHOD(repository_fixture, "a change that cannot be stored fails alone") {
  std::vector<answer<caf::ok_atom>> answers;
  for (auto payload : {"a", "b", "bad", "c", "d"})
    answers.push_back(insert(payload));
  settle();

  CHECK(refusal(answers[2]) == error{errc::invalid_argument, "a bad job"});
  calls stored;
  for (const auto& transaction : record->transactions)
    stored.insert(stored.end(), transaction.begin(), transaction.end());
  CHECK(stored == calls{"insert a", "insert b", "insert c", "insert d"});
  for (auto i : {0, 1, 3, 4})
    CHECK(succeeded(answers[static_cast<std::size_t>(i)]));
}

TEST_CASE_METHOD(repository_fixture, "one bad change among many costs few more transactions") {
  for (int i = 0; i < 512; ++i)
    insert("good");
  insert("bad");
  for (int i = 0; i < 511; ++i)
    insert("good");
  settle();

  CHECK(record->tried <= 2 * 10 + 1);
}

TEST_CASE_METHOD(repository_fixture, "S2: a full disk refuses every caller with its reason") {
  record->failure = error{errc::storage_full, "no space left for the database"};

  auto a = insert("a");
  auto b = insert("b");
  settle();

  CHECK(refusal(a) == *record->failure);
  CHECK(refusal(b) == *record->failure);
  record->failure.reset();
  auto c = insert("c");
  settle();
  CHECK(succeeded(c));
}

TEST_CASE_METHOD(repository_fixture, "J6: a transaction takes a bounded number of requests") {
  std::vector<answer<caf::ok_atom>> answers;
  for (std::size_t i = 0; i < 2 * limits::transaction_operations_max + 1; ++i)
    answers.push_back(insert("x"));
  settle();

  REQUIRE(record->transactions.size() == 3);
  CHECK(record->transactions[0].size() == limits::transaction_operations_max);
  CHECK(record->transactions[1].size() == limits::transaction_operations_max);
  CHECK(record->transactions[2].size() == 1);
  CHECK(std::all_of(answers.begin(), answers.end(), succeeded));
}

TEST_CASE_METHOD(repository_fixture, "J6: a transaction takes a bounded number of bytes") {
  std::string big(limits::transaction_bytes_max / 2, 'x');
  insert(big);
  insert(big);
  insert(big);
  settle();

  REQUIRE(record->transactions.size() == 2);
  CHECK(record->transactions[0].size() == 2);
}

TEST_CASE_METHOD(repository_fixture, "reads do not wait for writes") {
  settle(); // the reader is there
  auto written = insert("a");
  auto read = request<ready_read>(actor, read_ready{});
  auto commits = 0;
  record->before_commit = [&](const recording&) { ++commits; };

  while (!read->has_value() && step())
    ;

  REQUIRE(read->has_value());
  CHECK((**read)->end);
  settle();
  CHECK(commits == 1);
  CHECK(succeeded(written));
}

TEST_CASE_METHOD(repository_fixture, "readers take turns") {
  actor = start(3);
  settle();
  record->readers = 0;
  std::vector<job_id> numbers;
  for (int i = 0; i < 6; ++i)
    numbers.push_back(ask<jobs_found>(actor, get_jobs{})->jobs.front().id);

  std::sort(numbers.begin(), numbers.begin() + 3);
  std::sort(numbers.begin() + 3, numbers.end());
  CHECK(numbers == std::vector<job_id>{3, 4, 5, 3, 4, 5}); // others belong to the first repository
}

TEST_CASE_METHOD(repository_fixture,
                 "S2: lists have readers of their own and delay no other read") {
  settle();
  std::set<std::size_t> by_key;
  std::set<std::size_t> lists;
  for (int i = 0; i < 4; ++i) {
    by_key.insert(ask<jobs_found>(actor, get_jobs{})->jobs.front().id);
    ask<jobs_found>(actor, list_jobs{});
    lists.insert(record->list_reader);
  }

  // With one reader of each kind nobody else can have answered.
  CHECK(by_key.size() == 1);
  CHECK(lists.size() == 1);
  CHECK(by_key != lists);
}

TEST_CASE_METHOD(repository_fixture, "S2: a caller of many lists delays nobody else's") {
  settle();
  auto of = [](const char* caller) {
    list_jobs x;
    x.terms.caller = caller;
    return x;
  };
  std::vector<answer<jobs_found>> many;
  for (std::size_t i = 0; i < limits::caller_lists_max; ++i)
    many.push_back(request<jobs_found>(actor, of("greedy")));
  auto modest = request<jobs_found>(actor, of("modest"));
  auto unanswered = [&] {
    return std::count_if(many.begin(), many.end(), [](auto& x) { return !x->has_value(); });
  };
  while (!modest->has_value() && step())
    ;

  CHECK(unanswered() > 0);
  settle();
  CHECK(unanswered() == 0);
}

TEST_CASE_METHOD(repository_fixture,
                 "S2: a list whose time is over is ended, one not begun is not read") {
  settle();
  std::size_t reads = 0;
  record->on_read = [&](const std::string&) { ++reads; };
  record->read_lasts = true; // until it is over
  record->let_time_pass = [this] { scheduler.advance_time(milliseconds{100}); };
  list_jobs patient;
  patient.terms = {"a", 1, milliseconds{3000}};
  auto first = request<jobs_found>(actor, patient);
  auto second = request<jobs_found>(actor, patient);
  settle();

  REQUIRE(first->has_value());
  CHECK((**first).error().code == errc::too_costly);
  REQUIRE(second->has_value());
  CHECK((**second).error().code == errc::overloaded);
  CHECK(reads == 1);
}

TEST_CASE_METHOD(repository_fixture, "S2: a list whose caller has gone is not read") {
  settle();
  std::size_t reads = 0;
  record->on_read = [&](const std::string&) { ++reads; };
  list_jobs x;
  x.terms = {"a", 1, milliseconds{0}};
  auto listed = request<jobs_found>(actor, x);
  step();                                      // it is sent
  caf::anon_send(actor, abandon_read{"a", 1}); // before a reader has begun
  settle();

  REQUIRE(listed->has_value());
  CHECK((**listed).error().code == errc::overloaded);
  CHECK(reads == 0);
}

TEST_CASE_METHOD(repository_fixture, "J1: a commit whose fate is unknown ends the repository") {
  settle();
  auto reason = std::make_shared<caf::error>();
  actor->attach_functor([reason](const caf::error& why) { *reason = why; });
  record->failure = error{errc::timed_out, "the flush failed"};

  auto a = insert("a");
  settle();

  CHECK(refusal(a) == *record->failure);
  CHECK(from_caf(*reason) == *record->failure); // and is started again: the database is read anew
}

TEST_CASE_METHOD(repository_fixture, "an error of a read reaches the caller as it is") {
  auto listed = ask<jobs_found>(actor, list_jobs{});

  REQUIRE_FALSE(listed);
  CHECK(listed.error() == error{errc::storage_corrupt, "page 3"});
}

TEST_CASE_METHOD(repository_fixture, "a reader that dies is replaced") {
  settle();
  record->reads_throw = true;
  CHECK_FALSE(ask<jobs_found>(actor, get_jobs{}));
  record->reads_throw = false;

  auto found = ask<jobs_found>(actor, get_jobs{});

  REQUIRE(found);
  CHECK(found->jobs.front().id == 3); // 1 and 2 were there from the start
}

TEST_CASE_METHOD(repository_fixture, "a store without readers ends the repository with its error") {
  record->reader_failure = error{errc::storage_incompatible, "version 9"};
  auto reason = std::make_shared<caf::error>();

  auto refused = start(1);
  refused->attach_functor([reason](const caf::error& why) { *reason = why; });
  settle();

  CHECK(from_caf(*reason) == *record->reader_failure);
}

TEST_CASE_METHOD(repository_fixture, "a reader that cannot be replaced ends the repository") {
  settle();
  auto reason = std::make_shared<caf::error>();
  actor->attach_functor([reason](const caf::error& why) { *reason = why; });
  record->reads_throw = true;
  record->reader_failure = error{errc::storage_failed, "out of descriptors"};

  ask<jobs_found>(actor, get_jobs{});

  CHECK(from_caf(*reason) == *record->reader_failure);
}

TEST_CASE_METHOD(repository_fixture, "J1: what is pending is committed and answered at exit") {
  settle();
  auto a = insert("a");
  auto b = insert("b");
  while (
    state_of<repository_state>(caf::actor_cast<committing_repository_actor>(actor)).pending.empty())
    REQUIRE(step());
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  settle();

  CHECK(a->has_value());
  CHECK(b->has_value());
  CHECK(succeeded(a));
  // What did not reach the group in time was refused, not lost in silence.
  CHECK((succeeded(b) || refusal(b).code == errc::unavailable));
  std::size_t stored = 0;
  for (const auto& transaction : record->transactions)
    stored += transaction.size();
  CHECK(stored == static_cast<std::size_t>(succeeded(a)) + succeeded(b));
}

TEST_CASE_METHOD(repository_fixture, "the store is closed when the repository has ended") {
  auto store = std::make_shared<recording_store>(record);
  std::weak_ptr<storage_engine> open = store;
  auto env = simulated_environment();
  repository_actor other
    = spawn_blocking(system, env, repository, std::move(store), repository_options{env, 2});
  settle();
  REQUIRE_FALSE(open.expired());

  caf::anon_send_exit(other, caf::exit_reason::user_shutdown);
  settle();

  CHECK(open.expired());
}

} // namespace repository_test
