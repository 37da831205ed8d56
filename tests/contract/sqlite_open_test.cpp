// SPDX-License-Identifier: Apache-2.0
#include <SQLiteCpp/SQLiteCpp.h>
#include <atomic>
#include <csignal>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "persistence/sqlite/schema.hpp"
#include "persistence/sqlite/sqlite_store.hpp"
#include "tests/contract/engines.hpp"

namespace sqlite_open_test {

using namespace troupe;
using namespace troupe::test;
using Catch::Contains;

namespace {

std::vector<new_job> jobs(std::size_t count, std::size_t bytes) {
  return std::vector<new_job>(count, new_job{std::string(bytes, 'p'), {}});
}

error refusal(const std::filesystem::path& path) {
  const auto store = open_sqlite_store({path});
  REQUIRE_FALSE(store);
  // Whatever is wrong: the text names the file.
  CHECK_THAT(store.error().text, Contains(path.filename().string()));
  return store.error();
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// In a child: insert, run and acknowledge jobs through `out`, for ever.
[[noreturn]] void work_until_killed(const std::filesystem::path& path, int out) {
  auto store = open_sqlite_store({path});
  for (job_id id = id_of(1); store; ++id) {
    const auto inserted = (*store)->transact(durability::machine, [&](job_transaction& tx) {
      tx.insert({"mail", id, at(0), jobs(1, 500)});
    });
    const auto ended = (*store)->transact(durability::process, [&](job_transaction& tx) {
      tx.grant({at(1), {{{id, id}, "north"}}});
      tx.end({at(2), {{{id, id}, job_state::succeeded, end_reason::none, {}, "done", "", 0}}});
    });
    if (!inserted || !ended || ::write(out, &id, sizeof id) != sizeof id)
      break;
  }
  ::_exit(1);
}

} // namespace

TEST_CASE("a database without a folder in its name is made in the working directory") {
  temporary_folder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());

  const auto opened = open_sqlite_store({"jobs.db"});

  std::filesystem::current_path(before);
  CHECK(opened);
  CHECK(std::filesystem::exists(folder.path() / "jobs.db"));
}

TEST_CASE("a database and its folders are made when they are not there") {
  temporary_folder folder;
  const auto path = folder.path() / "some" / "where" / "jobs.db";

  REQUIRE(open_sqlite_store({path}));

  SQLite::Database file{path.string()};
  CHECK(file.execAndGet("PRAGMA application_id").getInt() == sqlite::application_id);
  CHECK(file.execAndGet("PRAGMA user_version").getInt() == sqlite::schema_version);
  CHECK(file.execAndGet("PRAGMA journal_mode").getString() == "wal");
}

TEST_CASE("S1: a database can be read by its owner only") {
  using std::filesystem::perms;
  temporary_folder folder;
  const auto path = folder.path() / "made" / "troupe.db";
  const auto rights
    = [](const std::filesystem::path& file) { return std::filesystem::status(file).permissions(); };
  REQUIRE(open_sqlite_store({path}));
  std::filesystem::permissions(path, perms::group_read | perms::others_read,
                               std::filesystem::perm_options::add);

  const auto store = open_sqlite_store({path});

  REQUIRE(store);

  CHECK(rights(path) == (perms::owner_read | perms::owner_write));
  CHECK(rights(path.string() + "-wal") == (perms::owner_read | perms::owner_write));
  CHECK(rights(path.string() + ".lock") == (perms::owner_read | perms::owner_write));
  CHECK(rights(path.parent_path()) == perms::owner_all);
}

TEST_CASE("a database in a folder that cannot be is refused") {
  temporary_folder folder;
  std::ofstream{folder.path() / "file"} << "in the way";

  CHECK(refusal(folder.path() / "file" / "jobs.db").code == errc::storage_failed);
  CHECK(refusal("/proc/jobs.db").code == errc::storage_failed);
  CHECK_THAT(refusal("/proc/jobs.db").text, Contains("writable"));
}

TEST_CASE("a folder in the database's place is refused") {
  temporary_folder folder;
  std::filesystem::create_directory(folder.path() / "jobs.db");

  CHECK(refusal(folder.path() / "jobs.db").code == errc::storage_failed);
}

TEST_CASE("S2: what is no file is no database, and stays as it is") {
  temporary_folder folder;
  const auto pipe = folder.path() / "jobs.db";
  REQUIRE(::mkfifo(pipe.c_str(), 0666) == 0);
  std::filesystem::permissions(pipe, std::filesystem::perms{0666});

  CHECK_THAT(refusal(pipe).text, Contains("is no file; name one"));

  CHECK(std::filesystem::status(pipe).permissions() == std::filesystem::perms{0666});
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
}

TEST_CASE("a second opener is refused, and told who has it open") {
  sqlite_engine engine;

  const auto why = refusal(engine.path());

  CHECK(why.code == errc::storage_failed);
  CHECK_THAT(why.text, Contains("process " + std::to_string(::getpid())));
}

TEST_CASE("a second opener by another name of the file is refused") {
  sqlite_engine engine;
  temporary_folder elsewhere;
  const auto link = elsewhere.path() / "link.db";
  std::filesystem::create_symlink(engine.path(), link);

  const auto store = open_sqlite_store({link});

  REQUIRE_FALSE(store);
  CHECK_THAT(store.error().text, Contains("jobs.db"));
}

TEST_CASE("a database with another name, a hard link, is refused until it has one") {
  temporary_folder folder;
  const auto path = folder.path() / "jobs.db";
  const auto link = folder.path() / "other.db";
  REQUIRE(open_sqlite_store({path}));
  std::filesystem::create_hard_link(path, link);

  for (const auto& name : {path, link}) {
    const auto why = refusal(name);
    CHECK(why.code == errc::storage_failed);
    CHECK_THAT(why.text, Contains("2 names (hard links)"));
  }
  std::filesystem::remove(link);
  CHECK(open_sqlite_store({path}));
}

TEST_CASE("a database of a newer version is refused and left as it is") {
  temporary_folder folder;
  const auto path = folder.path() / "jobs.db";
  REQUIRE(open_sqlite_store({path}));
  SQLite::Database{path.string(), SQLite::OPEN_READWRITE}.exec("PRAGMA user_version = 999");
  const auto before = bytes_of(path);

  const auto why = refusal(path);

  CHECK(why.code == errc::storage_incompatible);
  CHECK_THAT(why.text, Contains("999"));
  CHECK(bytes_of(path) == before);
}

TEST_CASE("another program's database is refused and left as it is") {
  temporary_folder folder;
  const auto path = folder.path() / "notes.db";
  SQLite::Database{path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE}.exec(
    "CREATE TABLE notes (text)");
  const auto before = bytes_of(path);

  CHECK(refusal(path).code == errc::storage_incompatible);
  CHECK(bytes_of(path) == before);
}

TEST_CASE("a file that is no database is refused and left as it is") {
  temporary_folder folder;
  const auto path = folder.path() / "letter.txt";
  const std::string letter(5000, 'x');
  std::ofstream{path} << letter;

  CHECK(refusal(path).code == errc::storage_incompatible);
  CHECK(bytes_of(path) == letter);
}

TEST_CASE("a damaged database is refused") {
  temporary_folder folder;
  const auto path = folder.path() / "jobs.db";
  driver{**open_sqlite_store({path})}.insert(id_of(1), jobs(500, 200));
  const auto pages = std::filesystem::file_size(path) / 4096;
  REQUIRE(pages > 20);
  std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
  file.seekp(static_cast<std::streamoff>(pages / 2 * 4096));
  file << std::string(100, '\xff');
  file.close();

  const auto why = refusal(path);

  CHECK(why.code == errc::storage_corrupt);
  CHECK_THAT(why.text, Contains("backup"));
}

TEST_CASE("J1: a process that is killed at any moment loses nothing that it acknowledged") {
  const int acknowledged_at_kill = GENERATE(1, 7, 40, 150);
  temporary_folder folder;
  const auto path = folder.path() / "jobs.db";
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0)
    work_until_killed(path, ends[1]);
  ::close(ends[1]);
  std::vector<job_id> acknowledged;
  job_id id = 0;
  while (::read(ends[0], &id, sizeof id) == sizeof id) {
    acknowledged.push_back(id);
    if (acknowledged.size() == static_cast<std::size_t>(acknowledged_at_kill))
      REQUIRE(::kill(child, SIGKILL) == 0);
  }
  ::close(ends[0]);
  REQUIRE(::waitpid(child, nullptr, 0) == child);

  auto store = open_sqlite_store({path});

  REQUIRE(store);
  REQUIRE(acknowledged.size() >= static_cast<std::size_t>(acknowledged_at_kill));
  driver reopened{**store};
  for (const auto each : acknowledged) {
    const auto x = reopened.get(each);
    CHECK(x.state == job_state::succeeded);
    CHECK(x.result == "done");
  }
  CHECK(reopened.open({}).next_job > acknowledged.back());
}

TEST_CASE("readers and the writer never wait for each other, and see whole transactions") {
  sqlite_engine engine;
  auto reader = engine.store().open_reader().value();
  std::atomic<bool> done = false;
  std::size_t odd_reads = 0;
  std::string refused;
  std::thread reading{[&] {
    while (!done) {
      const auto found = reader->list({"mail", {job_state::ready}, 0, 10'000});
      if (!found)
        refused = to_string(found.error());
      else
        odd_reads += found->jobs.size() % 2;
    }
  }};

  for (std::uint64_t i = 0; i < 300; ++i)
    CHECK(engine.store().transact(durability::process, [&](job_transaction& tx) {
      tx.insert({"mail", id_of(1 + 2 * i), at(0), jobs(1, 2000)});
      tx.insert({"mail", id_of(2 + 2 * i), at(0), jobs(1, 2000)});
    }));
  done = true;
  reading.join();

  CHECK(odd_reads == 0);
  CHECK(refused.empty());
}

} // namespace sqlite_open_test
