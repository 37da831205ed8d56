// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "actors/exec_handler.hpp"
#include "actors/keeper.hpp"
#include "actors/open_files.hpp"
#include "actors/utf8.hpp"
#include "messages/limits.hpp"
#include "tests/support/lone_context.hpp"
#include "tests/support/named_pipe.hpp"
#include "tests/support/temporary_folder.hpp"

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

/// A pipe through which a program speaks to its test.
struct meeting_point {
  temporary_folder folder;
  named_pipe pipe{folder.path() / "pipe"};
  const std::filesystem::path& path = pipe.path();

  std::string hear() const { return pipe.hear(); }
};

/// A process of its own that runs this; it is killed in the end.
class doomed_process {
public:
  explicit doomed_process(const std::function<void()>& work) : pid_{::fork()} {
    if (pid_ != 0)
      return;
    work();
    ::_exit(0);
  }
  ~doomed_process() {
    kill();
    ::waitpid(pid_, nullptr, 0);
  }
  doomed_process(const doomed_process&) = delete;
  doomed_process& operator=(const doomed_process&) = delete;

  pid_t pid() const { return pid_; }
  void kill() const { ::kill(pid_, SIGKILL); }

private:
  pid_t pid_;
};

/// A process that runs a program as a node does.
doomed_process run_elsewhere(const std::string& script) {
  return doomed_process{[&] { run(shell(script)); }};
}

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

TEST_CASE("a program has no more of the node's environment than it is given") {
  ::setenv("SECRET_OF_THE_NODE", "42", 1);
  ::setenv("TROUPE_URL", "http://127.0.0.1:8080", 1);
  ::setenv("TROUPE_JOB_ID", "of the node itself", 1);
  const auto print
    = shell("echo ${SECRET_OF_THE_NODE-none} ${MODE-none} ${TROUPE_URL-none} ${PATH:+path} "
            "$TROUPE_JOB_ID");

  CHECK(run(print).output() == "none none http://127.0.0.1:8080 path 7\n");

  auto named = print;
  named.environment = {"SECRET_OF_THE_NODE", "MODE=fast", "NOT_SET_ANYWHERE"};
  CHECK(run(named).output() == "42 fast http://127.0.0.1:8080 path 7\n");
  for (const auto* name : {"SECRET_OF_THE_NODE", "TROUPE_URL", "TROUPE_JOB_ID"})
    ::unsetenv(name);
}

TEST_CASE("a program is looked up in the PATH that it is given") {
  auto settings = shell("true");
  settings.environment = {"PATH=/nowhere"};

  auto how = run(settings);

  CHECK(how.has_not_started());
  CHECK(why_not_startable(settings) == how.output());
}

TEST_CASE("S2: a program is held to its limits") {
  auto settings = shell("ulimit -n; ulimit -t; ulimit -v; ulimit -f");
  settings.limits = {.memory = 512 * 1024 * 1024,
                     .file_size = 1024 * 1024,
                     .files = 77,
                     .cpu_time = milliseconds{1500}};

  CHECK(run(settings).output() == "77\n2\n524288\n2048\n");
}

TEST_CASE("a program has the limit of open files that this process was started with") {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  if (before.rlim_cur == before.rlim_max) {
    rlimit lower{before.rlim_max / 2, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &lower);
  }
  rlimit soft{};
  ::getrlimit(RLIMIT_NOFILE, &soft);

  raise_open_files();

  rlimit raised{};
  ::getrlimit(RLIMIT_NOFILE, &raised);
  CHECK(raised.rlim_cur > soft.rlim_cur);
  CHECK(run(shell("ulimit -Sn")).output() == std::to_string(soft.rlim_cur) + "\n");
}

TEST_CASE("S2: a program runs as another user, if root says so") {
  auto user = find_user("nobody");
  if (::geteuid() != 0) {
    CHECK_FALSE(user);
    return;
  }
  REQUIRE(user);
  auto settings = shell("id -un; echo $HOME; echo $USER; cat /proc/1/environ >/dev/null 2>&1 || "
                        "echo may not read");
  settings.directory = "/";
  settings.user = *user;

  CHECK(run(settings).output() == "nobody\n" + user->home + "\nnobody\nmay not read\n");
  CHECK_FALSE(find_user("no-such-user-at-all"));
}

TEST_CASE("a program that fails gives its status and its stderr") {
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

TEST_CASE("a program that cannot be started has not failed: it is named, with the reason") {
  const auto refused = [](const exec_settings& settings) {
    auto how = run(settings);
    CHECK(how.kind() == outcome_kind::released);
    CHECK(how.has_not_started());
    CHECK(why_not_startable(settings) == how.output());
    return how.output();
  };
  auto missing = refused({.command = {"no-such-program-at-all"}, .directory = {}});
  CHECK(has(missing, "'no-such-program-at-all'"));
  CHECK(has(missing, "PATH"));

  auto not_executable = refused({.command = {"/etc/passwd"}, .directory = {}});
  CHECK(has(not_executable, "'/etc/passwd'"));
  CHECK(has(not_executable, "Permission denied"));

  auto nowhere = refused({.command = {"true"}, .directory = "/no/such/directory"});
  CHECK(has(nowhere, "'/no/such/directory'"));
  CHECK(why_not_startable(shell("true")).empty());
}

TEST_CASE("a program for which no descriptor is free has not failed") {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  REQUIRE(run(shell("true")).kind() == outcome_kind::succeeded); // what stays open is open now
  rlimit few{10, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);

  auto how = run(shell("true"));

  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(how.has_not_started());
  CHECK(has(how.output(), "Too many open files"));
  CHECK(run(shell("true")).kind() == outcome_kind::succeeded);
}

TEST_CASE("a program that somebody's signal ended says so") {
  for (const auto* script : {"kill -TERM $$", "kill -INT $$", "kill -HUP $$", "exit 143"}) {
    CAPTURE(script);
    auto how = run(shell(script));
    CHECK(how.kind() == outcome_kind::failed);
    CHECK(how.is_by_signal());
  }
  CHECK_FALSE(run(shell("kill -SEGV $$")).is_by_signal());
  CHECK_FALSE(run(shell("exit 1")).is_by_signal());
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

TEST_CASE("of a long stderr the beginning and the end are kept, within the limit") {
  auto how = run(shell("echo the beginning >&2; head -c 50000000 /dev/zero | tr '\\0' x >&2; "
                       "echo the end >&2; exit 1"));

  CHECK(how.kind() == outcome_kind::failed);
  CHECK(how.output().size() <= limits::error_bytes_max);
  CHECK(has(how.output(), "exited with status 1: the beginning\nxx"));
  CHECK(has(how.output(), "xx [... 4999"));
  CHECK(how.output().ends_with("xthe end"));
}

TEST_CASE("what a program says on stderr is text, wherever it is cut") {
  for (std::uint64_t error_max : {0, 3, 99, 100, 101, 1000, 8192}) {
    auto settings = shell("i=0; while [ $i -lt 2000 ]; do printf '\\305\\274\\342\\202\\254'; "
                          "i=$((i + 1)); done >&2; printf '\\377' >&2; exit 1");
    settings.error_max = error_max;
    auto how = run(settings);
    CAPTURE(error_max);
    CHECK(is_utf8(how.output()));
    CHECK(how.output().size() <= error_max + 50);
  }
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

TEST_CASE("a program that was told to stop has no result, whatever it says") {
  meeting_point there;
  auto settings = shell("trap 'echo half; exit 0' TERM; echo up > " + there.path.string()
                        + "; sleep 1000 & wait");
  settings.kill_grace = patience;
  auto job = make_job();
  lone_context context{job};
  auto ended = std::async(std::launch::async, [&] { return make_exec_handler(settings)(context); });
  there.hear();

  context.stop.request_stop();

  REQUIRE(ended.wait_for(patience) == std::future_status::ready);
  CHECK(ended.get().kind() == outcome_kind::released);
}

TEST_CASE("a program dies with the process that started it, even one that is killed") {
  meeting_point there;
  const auto doomed = run_elsewhere("echo $$ > " + there.path.string() + "; exec sleep 1000");
  auto program = std::stoi(there.hear());

  doomed.kill();

  CHECK(is_gone(program));
}

TEST_CASE("what a program started dies with the process that started it, when that is killed") {
  meeting_point there;
  // The program's own death would not reach its child.
  const auto doomed
    = run_elsewhere("sh -c 'echo $$ > " + there.path.string() + "; exec sleep 1000'; true");
  auto grandchild = std::stoi(there.hear());
  REQUIRE(::kill(grandchild, 0) == 0);

  doomed.kill();

  CHECK(is_gone(grandchild));
}

TEST_CASE("a keeper ends the groups that it was told of, and no others") {
  meeting_point there;
  // Programs that have ended are forgotten: their numbers may be others' by now.
  const doomed_process bystander{[] {
    ::setpgid(0, 0);
    ::pause();
  }};
  const doomed_process doomed{[&] {
    const auto socket = keeper::socket();
    keeper::watch(socket, bystander.pid());
    keeper::watch(socket, 999'999'999);
    keeper::forget(socket, bystander.pid());
    keeper::forget(socket, 999'999'998);
    run(shell("echo $$ > " + there.path.string() + "; exec sleep 1000"));
  }};
  auto program = std::stoi(there.hear());

  doomed.kill();

  CHECK(is_gone(program));
  CHECK(::kill(bystander.pid(), 0) == 0);
}

} // namespace exec_handler_test
