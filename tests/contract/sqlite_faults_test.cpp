// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <sys/mount.h>

#include "persistence/sqlite/sqlite_store.hpp"
#include "tests/contract/engines.hpp"
#include "tests/contract/fault_vfs.hpp"
#include "tests/support/skip.hpp"

namespace sqlite_faults_test {

using namespace troupe;
using namespace troupe::test;

namespace {

/// A transaction of every kind of change, small enough to fail at each of its writes.
void change(job_transaction& tx) {
  tx.open({3, {"mail"}});
  const new_job fresh{std::string(3000, 'p'), {}, {"red", "blue"}, "00-trace"};
  tx.insert({"mail", id_of(10), at(10), {fresh, fresh, fresh}});
  tx.grant(
    {at(11), {{{id_of(1), 1}, "north"}, {{id_of(2), 2}, "north"}, {{id_of(3), 3}, "south"}}});
  tx.end(
    {at(12),
     {{{id_of(1), 1}, job_state::succeeded, end_reason::none, {}, "result", "", 0},
      {{id_of(2), 2}, job_state::dead, end_reason::error, {}, "error", "mail.dead", id_of(20)}}});
  tx.cancel({at(13), {id_of(4)}});
}

std::vector<new_job> jobs(std::size_t count, std::size_t bytes) {
  return std::vector<new_job>(count, new_job{std::string(bytes, 'p'), {}, {}, {}});
}

/// How a store looks before and after `change`.
struct before_and_after {
  before_and_after() {
    memory_engine model;
    driver{model.store()}.insert(id_of(1), jobs(5, 100));
    before = contents(model.store());
    REQUIRE(model.store().transact(durability::machine, change));
    after = contents(model.store());
  }

  std::vector<job> before;
  std::vector<job> after;
};

} // namespace

TEST_CASE("J1: whichever write or flush of a transaction fails, it happens wholly or not at all") {
  const before_and_after expected;
  const auto code = GENERATE(SQLITE_IOERR_WRITE, SQLITE_FULL);
  const auto lasting = GENERATE(false, true);
  const auto wanted = GENERATE(durability::machine, durability::process);
  fault_vfs faults;
  bool failed = true;
  int failures = 0;

  for (int n = 1; failed; ++n) {
    CAPTURE(code, lasting, n);
    temporary_folder folder;
    const auto path = folder.path() / "jobs.db";
    auto store = open_at(path);
    driver{*store}.insert(id_of(1), jobs(5, 100));

    faults.fail(n, code, lasting);
    const auto done = store->transact(wanted, change);
    failed = faults.failed();
    faults.heal();

    REQUIRE((done.has_value() || failed));
    REQUIRE((contents(*store) == (done ? expected.after : expected.before)));
    store.reset();
    store = open_at(path);
    const auto reopened = contents(*store);
    // What failed may have reached the log before its flush failed: then all of it is there.
    REQUIRE((reopened == expected.after || (!done && reopened == expected.before)));
    driver{*store}.insert(id_of(100), jobs(1, 10));
    failures += failed;
  }

  CHECK(failures > 3);
}

TEST_CASE("a full disk refuses what does not fit, and takes it when there is room again") {
  fault_vfs faults;
  temporary_folder folder;
  auto store = open_at(folder.path() / "jobs.db");
  driver{*store}.insert(id_of(1), jobs(5, 100));
  const auto insert = [](job_transaction& tx) {
    tx.insert({"mail", id_of(6), at(1), jobs(5, 99)});
  };

  faults.fail(1, SQLITE_FULL, true);
  const auto refused = store->transact(durability::machine, insert);
  faults.heal();
  const auto taken = store->transact(durability::machine, insert);

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::storage_full);
  CHECK_THAT(refused.error().text, Catch::Contains("jobs.db") && Catch::Contains("no space left"));
  CHECK(taken);
  CHECK(contents(*store).size() == 10);
}

TEST_CASE("after a failed flush the store takes nothing more until it is opened again") {
  fault_vfs faults;
  temporary_folder folder;
  const auto path = folder.path() / "jobs.db";
  auto store = open_at(path);
  driver{*store}.insert(id_of(1), jobs(5, 100));
  const auto insert = [](job_transaction& tx) { tx.insert({"mail", id_of(9), at(1), jobs(1, 9)}); };
  // Fail the flush: the last change of a file in a small commit, found by trying.
  bool refused = false;
  for (int n = 1; !refused && n < 20; ++n) {
    faults.fail(n, SQLITE_FULL, false);
    const auto done = store->transact(durability::machine, insert);
    refused = !done && done.error().code == errc::timed_out; // whether it is there is unknown
  }
  REQUIRE(refused);
  faults.heal();

  const auto again = store->transact(durability::machine, insert);

  REQUIRE_FALSE(again);
  CHECK(again.error().code == errc::storage_failed);
  CHECK_THAT(again.error().text, Catch::Contains("start again"));
  store.reset();
  CHECK(driver{*open_at(path)}.exists(id_of(5)));
}

TEST_CASE(
  "J1: a commit for the machine is flushed before it is answered, one for the process is not") {
  fault_vfs faults;
  temporary_folder folder;
  auto store = open_at(folder.path() / "jobs.db");
  const auto flushes_of = [&](durability wanted, job_id id) {
    const int before = faults.flushes();
    REQUIRE(store->transact(wanted, [&](job_transaction& tx) {
      tx.insert({"mail", id, at(0), jobs(1, 10)});
    }));
    return faults.flushes() - before;
  };
  flushes_of(durability::machine, id_of(1)); // the log's first use flushes its header

  CHECK(flushes_of(durability::process, id_of(2)) == 0);
  CHECK(flushes_of(durability::machine, id_of(3)) == 1);
  CHECK(flushes_of(durability::process, id_of(4)) == 0);
}

TEST_CASE("whichever write fails while a database is made, the next start makes it") {
  fault_vfs faults;
  bool failed = true;
  for (int n = 1; failed; ++n) {
    CAPTURE(n);
    temporary_folder folder;
    const auto path = folder.path() / "jobs.db";

    faults.fail(n, SQLITE_IOERR_WRITE, true);
    const auto store = open_sqlite_store({path});
    failed = faults.failed();
    faults.heal();

    REQUIRE((store.has_value() || failed));
    if (!store) {
      CHECK(store.error().code == errc::storage_failed);
      driver{*open_at(path)}.insert(id_of(1), jobs(1, 10));
    }
  }
}

TEST_CASE("J1: a device that runs full loses nothing that was acknowledged") {
  temporary_folder folder;
  // Needs a user who may mount; the test before does the same with a simulated device.
  if (::mount("none", folder.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
    skip("this user may not mount a small device");
    return;
  }
  struct unmount {
    const std::filesystem::path& path;
    ~unmount() { ::umount2(path.c_str(), MNT_DETACH); }
  } at_end{folder.path()};
  const auto path = folder.path() / "jobs.db";
  auto store = open_at(path);
  std::size_t stored = 0;
  result<void> done;

  while (done && stored < 10'000) {
    done = store->transact(durability::machine, [&](job_transaction& tx) {
      tx.insert({"mail", id_of(1 + stored), at(0), jobs(10, 1000)});
    });
    stored += done ? 10 : 0;
  }

  REQUIRE_FALSE(done);
  CHECK(done.error().code == errc::storage_full);
  CHECK(stored > 100);
  CHECK(contents(*store).size() == stored);
  REQUIRE(::mount("none", folder.path().c_str(), "tmpfs", MS_REMOUNT, "size=16m") == 0);
  driver{*store}.insert(id_of(1 + stored), jobs(10, 1000));
  store.reset();
  CHECK(contents(*open_at(path)).size() == stored + 10);
}

} // namespace sqlite_faults_test
