// SPDX-License-Identifier: Apache-2.0
#include <caf/send.hpp>
#include <memory>

#include "tests/support/hooked_dispatching.hpp"

/// Jobs that changes of records bring, and the owners of these records.
namespace dispatcher_causes_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// All keys have an owner that confirms when the test says so.
struct owned : hooked {
  using confirmations = std::vector<caf::typed_response_promise<caf::ok_atom>>;

  std::shared_ptr<confirmations> asked = std::make_shared<confirmations>();

  owned() {
    auto owner = system.spawn([all = asked](caf::event_based_actor* self) -> caf::behavior {
      return {[=](const invalidate_keys&) {
                all->push_back(self->make_response_promise<caf::ok_atom>());
                return all->back();
              },
              [=](caf::ok_atom) {
                for (auto& x : std::exchange(*all, {}))
                  x.deliver(caf::ok_atom::value);
              }};
    });
    owner_ = owner;
    shard_map map{1, {{{"s1", 1, 0}, caf::actor_cast<caf::strong_actor_ptr>(owner)}}, {}};
    map.places.assign(key_shards, {1, 1});
    caf::anon_send(caf::actor_cast<committing_repository_actor>(storage), map);
    settle();
    begin();
  }

  ~owned() { asked->clear(); }

  void confirm() {
    caf::anon_send(owner_, caf::ok_atom::value); // a promise is delivered by who made it
    settle();
  }

private:
  caf::actor owner_;
};

} // namespace

TEST_CASE_METHOD(owned, "a hook's job starts when the owner of its cause knows of the write") {
  auto worker = join("n1", 4);

  auto written = ask<records_written>(boss, writes({put("photos", "p1")}));

  REQUIRE(written); // the write itself waits for nobody
  CHECK(depths().ready == 1);
  CHECK(worker.seen->runs.empty());
  confirm();
  CHECK(worker.seen->runs.size() == 1);
  CHECK(depths().running == 1);
}

TEST_CASE_METHOD(owned, "the jobs of a step start when the owners of its records know of it") {
  enqueue(1);
  auto worker = join("n1", 4);
  auto lease = worker.seen->runs.at(0).lease;

  REQUIRE(commit(worker, lease, {put("albums", "a1")}, {{"q", {new_job{"next", {}, {}, {}}}}}));

  CHECK(depths().succeeded == 1);
  CHECK(worker.seen->runs.size() == 1);
  confirm();
  REQUIRE(worker.seen->runs.size() == 2);
  CHECK(worker.seen->runs[1].payload == "next");
}

TEST_CASE_METHOD(owned, "an owner that confirms nothing holds jobs back no longer than its lease") {
  auto worker = join("n1", 4);
  REQUIRE(ask<records_written>(boss, writes({put("photos", "p1")})));

  for (int i = 0; i < 7; ++i) {
    advance(1s);
    beat(worker, {}, 4);
  }

  CHECK(worker.seen->runs.size() == 1);
}

TEST_CASE_METHOD(owned, "a job that is held back and cancelled meanwhile is not handed out") {
  auto worker = join("n1", 4);
  auto written = ask<records_written>(boss, writes({put("photos", "p1")}));
  REQUIRE(written);
  REQUIRE(ask<jobs_changed>(boss, cancel_jobs{{written->results.at(0).job}}));

  confirm();

  CHECK(worker.seen->runs.empty());
  CHECK(depths() == queue_depths{0, 0, 0, 0, 0, 0, 1});
}

} // namespace dispatcher_causes_test
