// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "actors/exec_handler.hpp"
#include "messages/limits.hpp"
#include "tests/support/lone_context.hpp"

namespace exec_handler_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 20s;

exec_settings shell(std::string script) {
  exec_settings result;
  result.command = {"sh", "-c", std::move(script)};
  return result;
}

leased_job make_job(std::string payload = {}) {
  leased_job result;
  result.lease = {7, 1'000'007};
  result.queue = "pictures";
  result.attempt = 3;
  result.payload = std::move(payload);
  return result;
}

outcome run(exec_settings settings, std::string payload = {}, std::string trace_parent = {}) {
  auto job = make_job(std::move(payload));
  job.trace_parent = std::move(trace_parent);
  lone_context context{job};
  return make_exec_handler(std::move(settings))(context);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A folder of this test alone, with a named pipe in it through which its program speaks.
class meeting_point {
public:
  meeting_point() {
    auto pattern = (std::filesystem::temp_directory_path() / "troupe-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path = folder_ / "pipe";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  }
  ~meeting_point() { std::filesystem::remove_all(folder_); }
  meeting_point(const meeting_point&) = delete;
  meeting_point& operator=(const meeting_point&) = delete;

  /// What the next writer says, up to its end.
  std::string hear() {
    std::ifstream in{path};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  std::filesystem::path path;

private:
  std::filesystem::path folder_;
};

/// True as soon as no process has that number; zombies count as gone.
bool is_gone(pid_t process) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    std::ifstream in{"/proc/" + std::to_string(process) + "/stat"};
    std::string number, program, state;
    if (!(in >> number >> program >> state) || state == "Z" || state == "X")
      return true;
    std::this_thread::yield();
  }
  return false;
}

} // namespace

TEST_CASE("a program gets the payload on stdin, and its stdout is the result") {
  auto how = run(shell("cat; printf '!'"), "some\n" + std::string(1, '\0') + "bytes");

  CHECK(how.kind() == outcome_kind::succeeded);
  CHECK(how.output() == "some\n" + std::string(1, '\0') + "bytes!");
}

TEST_CASE("a program finds its job in the environment") {
  auto how = run(shell("echo $TROUPE_JOB_ID $TROUPE_ATTEMPT $TROUPE_EPOCH $TROUPE_QUEUE"));

  CHECK(how.output() == "7 3 1000007 pictures\n");
}

TEST_CASE("a program finds the trace of its job in the environment, if there is one") {
  const auto print = shell("echo ${TROUPE_TRACEPARENT-none}");

  CHECK(run(print, "", "00-4bf9-00f0-01").output() == "00-4bf9-00f0-01\n");
  CHECK(run(print).output() == "none\n");
}

TEST_CASE("a program runs in its directory") {
  auto settings = shell("pwd");
  settings.directory = "/";

  CHECK(run(settings).output() == "/\n");
}

TEST_CASE("a program that fails gives its status and the end of its stderr") {
  auto how = run(shell("echo first >&2; echo 'no such picture' >&2; exit 3"));

  CHECK(how.kind() == outcome_kind::failed);
  CHECK(how.output() == "program 'sh' exited with status 3: first\nno such picture");
}

TEST_CASE("exit status 65 says that trying again is useless, 75 that it is not") {
  CHECK(run(shell("exit 65")).kind() == outcome_kind::failed_final);
  CHECK(run(shell("exit 75")).kind() == outcome_kind::failed);
}

TEST_CASE("a program that crashes names its signal") {
  auto how = run(shell("kill -SEGV $$"));

  CHECK(how.kind() == outcome_kind::failed);
  CHECK(has(how.output(), "was ended by signal 11 (SIGSEGV)"));
}

TEST_CASE("a program that cannot be run is named, with the reason") {
  auto missing = run({.command = {"no-such-program-at-all"}, .directory = {}});
  CHECK(missing.kind() == outcome_kind::failed);
  CHECK(has(missing.output(), "'no-such-program-at-all'"));
  CHECK(has(missing.output(), "PATH"));

  auto not_executable = run({.command = {"/etc/passwd"}, .directory = {}});
  CHECK(not_executable.kind() == outcome_kind::failed);
  CHECK(has(not_executable.output(), "'/etc/passwd'"));
  CHECK(has(not_executable.output(), "Permission denied"));

  auto nowhere = run({.command = {"true"}, .directory = "/no/such/directory"});
  CHECK(nowhere.kind() == outcome_kind::failed);
  CHECK(has(nowhere.output(), "'/no/such/directory'"));
}

TEST_CASE("a program that prints 100 MB is ended, and costs no memory (S2)") {
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);

  auto how = run(shell("head -c 100000000 /dev/zero; head -c 100000000 /dev/zero >&2"));

  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  CHECK(how.kind() == outcome_kind::failed);
  CHECK(has(how.output(), "more than 262144 bytes to stdout (output_max)"));
  CHECK(after.ru_maxrss - before.ru_maxrss < 20 * 1024);
}

TEST_CASE("of a long stderr the end is kept, and the text stays within its limit") {
  auto how = run(shell("head -c 50000000 /dev/zero | tr '\\0' x >&2; echo the end >&2; exit 1"));

  CHECK(how.kind() == outcome_kind::failed);
  CHECK(how.output().size() <= limits::error_bytes_max);
  CHECK(how.output().ends_with("xthe end"));
}

TEST_CASE("exactly output_max bytes are a result") {
  auto settings = shell("head -c 1000 /dev/zero");
  settings.output_max = 1000;
  CHECK(run(settings).output().size() == 1000);

  settings.output_max = 999;
  CHECK(run(settings).kind() == outcome_kind::failed);
}

TEST_CASE("a program need not read its stdin") {
  std::string payload(1'000'000, 'p');

  CHECK(run(shell("exec true"), payload).kind() == outcome_kind::succeeded);
  CHECK(run(shell("exec <&-; echo done"), payload).output() == "done\n");
}

TEST_CASE("a megabyte goes through a program in both directions at once") {
  std::string payload(1'000'000, 'p');
  auto settings = shell("cat");
  settings.output_max = payload.size();

  CHECK(run(settings, payload).output() == payload);
}

TEST_CASE("a program that ends leaves nothing running, whatever holds its pipes") {
  meeting_point there;
  // The child ignores TERM and keeps stdout open.
  auto script = "(trap '' TERM; exec sh -c 'echo $$ > " + there.path.string()
                + "; exec sleep 1000') & read line < " + there.path.string() + "; echo $line";

  auto how = run(shell(script));

  REQUIRE(how.kind() == outcome_kind::succeeded);
  CHECK(is_gone(std::stoi(how.output())));
}

TEST_CASE("a program that left the group and holds the pipes does not hold its job up") {
  meeting_point there;
  auto script = "setsid sh -c 'echo $$ > " + there.path.string()
                + "; exec sleep 1000' & read line < " + there.path.string() + "; echo $line";

  auto how = run(shell(script));

  REQUIRE(how.kind() == outcome_kind::succeeded);
  CHECK(::kill(std::stoi(how.output()), SIGKILL) == 0);
}

TEST_CASE("a stop ends a program with TERM") {
  meeting_point there;
  auto job = make_job();
  lone_context context{job};
  auto ended = std::async(std::launch::async, [&] {
    return make_exec_handler(shell("echo up > " + there.path.string() + "; exec sleep 1000"))(
      context);
  });
  there.hear();

  context.stop.request_stop();

  REQUIRE(ended.wait_for(patience) == std::future_status::ready);
  CHECK(ended.get().kind() == outcome_kind::released);
}

TEST_CASE("a stop kills a program and its children that ignore TERM") {
  meeting_point there;
  auto settings = shell("trap '' TERM; sh -c 'echo $$ > " + there.path.string()
                        + "; exec sleep 1000'; sleep 1000");
  settings.kill_grace = 50ms;
  auto job = make_job();
  lone_context context{job};
  auto ended = std::async(std::launch::async, [&] { return make_exec_handler(settings)(context); });
  auto grandchild = std::stoi(there.hear());

  context.stop.request_stop();

  REQUIRE(ended.wait_for(patience) == std::future_status::ready);
  CHECK(ended.get().kind() == outcome_kind::released);
  CHECK(is_gone(grandchild));
}

TEST_CASE("a program that makes use of its grace has its result taken") {
  meeting_point there;
  auto settings = shell("trap 'echo saved; exit 0' TERM; echo up > " + there.path.string()
                        + "; while :; do sleep 0.01; done");
  settings.kill_grace = patience;
  auto job = make_job();
  lone_context context{job};
  auto ended = std::async(std::launch::async, [&] { return make_exec_handler(settings)(context); });
  there.hear();

  context.stop.request_stop();

  REQUIRE(ended.wait_for(patience) == std::future_status::ready);
  auto how = ended.get();
  CHECK(how.kind() == outcome_kind::succeeded);
  CHECK(how.output() == "saved\n");
}

TEST_CASE("a program dies with the process that started it, even one that is killed") {
  meeting_point there;
  auto doomed = ::fork();
  if (doomed == 0) {
    auto job = make_job();
    lone_context context{job};
    make_exec_handler(shell("echo $$ > " + there.path.string() + "; exec sleep 1000"))(context);
    ::_exit(0);
  }
  auto program = std::stoi(there.hear());

  ::kill(doomed, SIGKILL);

  CHECK(is_gone(program));
  int status = 0;
  ::waitpid(doomed, &status, 0);
}

} // namespace exec_handler_test
