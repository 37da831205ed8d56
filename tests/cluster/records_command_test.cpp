// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/process_cluster.hpp"
#include "tests/support/temporary_folder.hpp"

namespace records_command_test {

using namespace troupe;
using namespace troupe::test;
using Catch::Matchers::Contains;

namespace {

cluster_plan with_notes() {
  cluster_plan plan;
  plan.workers = 0;
  plan.services = 1;
  plan.more = "[collections.notes]\n[collections.notes.schema]\nrequired = [\"title\"]\n";
  return plan;
}

nlohmann::json document_of(const program_end& end) {
  CAPTURE(end.output, end.errors);
  return nlohmann::json::parse(end.output);
}

} // namespace

TEST_CASE("records are made, changed, read and deleted on the command line") {
  process_cluster cluster{with_notes()};
  cluster.start_all();

  auto made = cluster.troupe({"records", "put", "notes", "a", R"({"title":"milk"})", "--json"});
  auto version = std::to_string(document_of(made).at("record").at("version").get<int>());
  auto patched = cluster.troupe(
    {"records", "patch", "notes", "a", R"({"n":1})", "--if-version", version, "--json"});
  auto late = cluster.troupe(
    {"records", "put", "notes", "a", R"({"title":"x"})", "--if-version", version, "--json"});
  auto wrong = cluster.troupe({"records", "create", "notes", R"({"n":1})", "--json"});
  auto got = cluster.troupe({"records", "get", "notes", "a", "b", "--json"});

  CHECK(document_of(patched).at("record").at("title") == "milk");
  CHECK(late.status == 1);
  CHECK(document_of(late).at("error").at("code") == "precondition_failed");
  CHECK(wrong.status == 1);
  CHECK(document_of(wrong).at("error").at("code") == "invalid_record");
  CHECK(got.status == 1);
  CHECK(document_of(got).at("records").at(0).at("n") == 1);
  CHECK(document_of(got).at("unknown").at(0) == "b");

  // How many there are is told to who asks, also when all pages are read.
  cluster.troupe({"records", "create", "notes", R"({"title":"bread"})"});
  auto plain = document_of(cluster.troupe({"records", "list", "notes", "--json"}));
  CHECK(plain.at("records").size() == 2);
  CHECK(plain.at("next").is_null());
  CHECK_FALSE(plain.contains("count"));
  auto counted = document_of(
    cluster.troupe({"records", "list", "notes", "--count", "--all", "--limit", "1", "--json"}));
  CHECK(counted.at("records").size() == 2);
  CHECK(counted.at("count") == 2);

  CHECK(cluster.troupe({"records", "delete", "notes", "a"}).status == 0);
  CHECK(cluster.troupe({"records", "delete", "notes", "a"}).status == 1);
}

TEST_CASE("an import that stops at a bad line goes on when it is put right, and doubles nothing") {
  process_cluster cluster{with_notes()};
  cluster.start_all();
  temporary_folder folder;
  auto file = folder.path() / "notes.ndjson";
  auto write = [&file](const std::string& last) {
    std::ofstream out{file};
    for (int i = 0; i < 1200; ++i)
      out << R"({"title":")" << i << "\"}\n";
    out << last << '\n';
  };
  write("{}");

  auto stopped = cluster.troupe({"records", "import", "notes", file.string(), "--json"});
  auto again = cluster.troupe({"records", "import", "notes", file.string()});
  write(R"({"title":"last"})");
  auto resumed
    = cluster.troupe({"records", "import", "notes", file.string(), "--resume", "--json"});
  auto exported = cluster.troupe(
    {"records", "export", "notes", "--output", (folder.path() / "all").string(), "--json"});

  CHECK(stopped.status == 1);
  CHECK(document_of(stopped).at("lines") == 1000);
  CHECK_THAT(document_of(stopped).at("error").at("text").get<std::string>(),
             Contains("line 1201: "));
  CHECK(again.status == 2);
  CHECK_THAT(again.errors, Contains("--resume"));
  CHECK(document_of(resumed).at("created") == 201);
  CHECK(document_of(exported).at("records") == 1201);
  auto after = std::to_string(document_of(exported).at("sequence").get<int>() - 1);
  auto watched = cluster.troupe({"records", "watch", "notes", "--after", after, "--limit", "1"});
  CHECK_THAT(watched.output, Contains(R"("title":"last")"));
}

TEST_CASE("an export that fails leaves the last one as it is") {
  process_cluster cluster{with_notes()};
  cluster.start_all();
  temporary_folder folder;
  const auto file = folder.path() / "notes.ndjson";
  std::ofstream{file} << "the last good export";

  auto refused
    = cluster.troupe({"records", "export", "unknown", "--output", file.string(), "--json"});

  CHECK(refused.status == 1);
  CHECK(read_file(file) == "the last good export");
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);

  auto exported
    = cluster.troupe({"records", "export", "notes", "--output", file.string(), "--json"});

  CHECK(exported.status == 0);
  CHECK(read_file(file).empty());
}

TEST_CASE("an export replaces nothing but files, and shows its records to nobody more") {
  process_cluster cluster{with_notes()};
  cluster.start_all();
  REQUIRE(cluster.troupe({"records", "put", "notes", "a", R"({"title":"x"})"}).status == 0);
  temporary_folder folder;
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const auto reader = ::open(pipe.c_str(), O_RDWR | O_CLOEXEC); // so that nobody waits for one
  const auto file = folder.path() / "file";
  std::ofstream{file} << "the last good export";
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  std::filesystem::create_symlink("file", folder.path() / "link");
  std::filesystem::create_directory(folder.path() / "folder");
  const auto export_to = [&](const std::string& name) {
    return cluster.troupe(
      {"records", "export", "notes", "--output", (folder.path() / name).string()});
  };

  CHECK(export_to("pipe").status == 0);
  CHECK(export_to("link").status == 0);
  CHECK(export_to("folder").status == 1);

  ::close(reader);
  CHECK(std::filesystem::is_fifo(pipe));
  CHECK(std::filesystem::is_symlink(folder.path() / "link"));
  CHECK_THAT(read_file(file), Contains(R"("title":"x")"));
  CHECK(std::filesystem::status(file).permissions() == std::filesystem::perms::owner_read);
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 4);
}

TEST_CASE("watching ends when nobody reads any more, though nothing changes") {
  process_cluster cluster{with_notes()};
  cluster.start_all();
  REQUIRE(cluster.troupe({"records", "put", "notes", "a", R"({"title":"x"})"}).status == 0);

  const auto end
    = run_program({"sh", "-c", R"("$@" | head -n 1)", "sh", built_program("troupe"), "records",
                   "watch", "notes", "--after", "0", "--connect", cluster.address()});

  CHECK(end.status == 0);
  CHECK_THAT(end.output, Contains(R"("title":"x")"));
}

TEST_CASE("nothing that a program opens takes the place of a standard stream that is closed") {
  process_cluster cluster{with_notes()};
  cluster.start_all();
  temporary_folder folder;
  const auto pid = folder.path() / "pid";
  program watching{{"sh", "-c", R"(echo "$$" > "$0"; exec "$@" <&- >&- 2>&-)", pid.string(),
                    built_program("troupe"), "records", "watch", "notes", "--connect",
                    cluster.address()},
                   folder.path() / "output",
                   folder.path() / "errors"};
  const auto opened = [&](const std::string& number) {
    auto link = "/proc/" + read_file(pid);
    link.pop_back(); // the end of the line
    std::error_code none;
    return std::filesystem::read_symlink(link + "/fd/" + number, none).string();
  };
  const auto connects = [&] {
    for (auto number = 0; number < 20; ++number)
      if (!read_file(pid).empty() && opened(std::to_string(number)).starts_with("socket:"))
        return true;
    return false;
  };

  REQUIRE(cluster.eventually(connects));

  for (const auto* number : {"0", "1", "2"})
    CHECK(opened(number) == "/dev/null");
}

TEST_CASE("whoever stops watching is told where to go on") {
  process_cluster cluster{with_notes()};
  cluster.start_all();
  temporary_folder folder;
  program watching{{built_program("troupe"), "records", "watch", "notes", "--after", "0",
                    "--connect", cluster.address()},
                   folder.path() / "output",
                   folder.path() / "errors"};
  REQUIRE(cluster.troupe({"records", "put", "notes", "a", R"({"title":"x"})"}).status == 0);
  REQUIRE(cluster.eventually([&] { return !read_file(folder.path() / "output").empty(); }));

  watching.signal(SIGINT);

  CHECK(watching.wait(milliseconds{10'000}) == 130);
  CHECK_THAT(read_file(folder.path() / "errors"), Contains("--after 1"));
}

} // namespace records_command_test
