// SPDX-License-Identifier: Apache-2.0
#include <SQLiteCpp/SQLiteCpp.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <fstream>
#include <sys/mount.h>
#include <system_error>
#include <unistd.h>

#include "tests/support/cluster_checks.hpp"
#include "tests/support/skip.hpp"

namespace bad_storage_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

constexpr milliseconds start_limit = 10s;

/// A file system of a few megabytes in memory. Needs the rights to mount one.
class small_disk {
public:
  static bool possible() { return ::geteuid() == 0; }

  small_disk(const std::string& size, unsigned long flags) {
    if (::mount("tmpfs", path().c_str(), "tmpfs", flags, ("size=" + size).c_str()) != 0)
      throw std::system_error{errno, std::generic_category(), "mount"};
  }
  ~small_disk() { ::umount2(path().c_str(), MNT_DETACH); }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  const std::filesystem::path& path() const noexcept { return folder_.path(); }

private:
  temporary_folder folder_;
};

bool skip_without_disk() {
  if (!small_disk::possible())
    skip("only root can mount a small disk");
  return !small_disk::possible();
}

/// Starts the control node and returns what it says when it ends with a failure.
std::string refusal_to_start(process_cluster& cluster) {
  cluster.start("control");
  auto status = cluster.wait_for_end("control", start_limit);
  REQUIRE(status == 1);
  return cluster.log("control");
}

void stop_control(process_cluster& cluster) {
  cluster.terminate("control");
  REQUIRE(cluster.wait_for_end("control", start_limit) == 0);
}

void write_ballast(const std::filesystem::path& file, std::size_t bytes) {
  std::ofstream{file, std::ios::binary} << std::string(bytes, 'x');
}

/// Stores jobs until one is refused. The ids of the others, and why.
std::pair<std::vector<job_id>, error> submit_until_refused(process_cluster& cluster,
                                                           const new_job& job) {
  std::vector<job_id> ids;
  for (;;) {
    auto stored = cluster.client().enqueue("hold", {job});
    if (!stored)
      return {ids, stored.error()};
    ids.push_back(stored->first);
    REQUIRE(ids.size() < 10'000);
  }
}

} // namespace

TEST_CASE("S2: a port in use is named, and the node ends") {
  process_cluster cluster;
  cluster.port().occupy();

  auto said = refusal_to_start(cluster);

  CHECK_THAT(said, Contains(cluster.address()) && Contains("in use"));
}

TEST_CASE("S2: a data directory that cannot be written is named, with what to do") {
  if (skip_without_disk())
    return;
  small_disk disk{"1m", MS_RDONLY};
  cluster_plan plan;
  plan.storage = disk.path() / "data" / "troupe.db";
  process_cluster cluster{plan};

  auto said = refusal_to_start(cluster);

  CHECK_THAT(said, Contains((disk.path() / "data").string()) && Contains("Read-only")
                     && Contains("writable"));
}

TEST_CASE("S2: a database of a newer version is left alone, and both versions are named") {
  process_cluster cluster;
  cluster.start("control");
  auto jobs = cluster.submit("hold", "gate", 3);
  stop_control(cluster);
  auto version = [&](const std::string& change) {
    SQLite::Database database{cluster.database(), SQLite::OPEN_READWRITE};
    auto before = database.execAndGet("PRAGMA user_version").getString();
    database.exec("PRAGMA user_version = " + change);
    return before;
  };
  auto known = version("99");

  auto said = refusal_to_start(cluster);

  CHECK_THAT(said, Contains(cluster.database().string()) && Contains("newer version")
                     && Contains("99") && Contains("knows " + known));
  version(known);
  cluster.start("control");
  REQUIRE(cluster.eventually([&] { return cluster.client().queues().has_value(); }));
  CHECK(cluster.find(jobs).size() == 3);
}

TEST_CASE("S2: a damaged database is refused by name, and a backup of it works") {
  process_cluster cluster;
  cluster.start("control");
  auto jobs = cluster.submit("hold", std::string(500, 'x'), 500);
  stop_control(cluster);
  auto backup = cluster.folder() / "backup";
  std::filesystem::copy_file(cluster.database(), backup);
  {
    std::fstream file{cluster.database(), std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(4096); // all pages but the first, which says what it is
    file << std::string(std::filesystem::file_size(backup) - 4096, '\xa5');
  }

  auto said = refusal_to_start(cluster);

  CHECK_THAT(said, Contains(cluster.database().string()) && Contains("backup"));
  std::filesystem::copy_file(backup, cluster.database(),
                             std::filesystem::copy_options::overwrite_existing);
  cluster.start("control");
  REQUIRE(cluster.eventually([&] { return cluster.client().queues().has_value(); }));
  CHECK(cluster.find(jobs).size() == jobs.size());
}

TEST_CASE(
  "S2: a full disk refuses jobs and loses none, and all goes on when there is space again") {
  if (skip_without_disk())
    return;
  small_disk disk{"16m", 0};
  auto ballast = disk.path() / "ballast";
  write_ballast(ballast, 6 * 1024 * 1024);
  cluster_plan plan;
  plan.workers = 1;
  plan.storage = disk.path() / "troupe.db";
  process_cluster cluster{plan};
  cluster.start_all();
  new_job job{"gate " + std::string(60'000, 'x'), {}};

  auto [jobs, why] = submit_until_refused(cluster, job);
  auto all_finished = [&cluster, &ids = jobs] { return cluster.finished(ids); };

  CHECK(jobs.size() > 10);
  CHECK(why.code == errc::storage_full);
  CHECK_THAT(why.text, Contains(plan.storage.string()) && Contains("no space left"));
  CHECK(cluster.is_running("control"));
  CHECK(cluster.find(jobs.front()).id == jobs.front()); // it still answers
  std::filesystem::remove(ballast);
  REQUIRE(cluster.eventually([&] { return cluster.client().enqueue("noop", {{}}).has_value(); }));
  cluster.open_gate("gate");
  REQUIRE(cluster.eventually(all_finished, 30s));
  auto runs = cluster.runs();
  for (auto id : jobs)
    check_succeeded_under_last_lease({cluster.find(id)}, runs);
}

} // namespace bad_storage_test
