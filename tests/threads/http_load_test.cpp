// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>
#include <future>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include "tests/support/http_caller.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/soon.hpp"

namespace http_load_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

constexpr int crowd = 5000;

const std::string question = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

// A sanitizer keeps what was freed for a while.
#ifdef __SANITIZE_ADDRESS__
constexpr bool memory_is_comparable = false;
#else
constexpr bool memory_is_comparable = true;
#endif

/// Bytes of this process that are in memory.
std::int64_t resident_bytes() {
  std::int64_t all = 0, resident = 0;
  std::ifstream{"/proc/self/statm"} >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

/// Raises the limit of open files; false: it cannot be so high.
bool may_open(rlim_t files) {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  if (limit.rlim_max < files)
    return false;
  limit.rlim_cur = std::max(limit.rlim_cur, files);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/// Connections that have had an answer, and idle.
std::vector<http_caller> idle_callers(std::uint16_t port) {
  std::vector<http_caller> callers;
  callers.reserve(crowd);
  for (int i = 0; i < crowd; ++i) {
    callers.emplace_back(port);
    REQUIRE(callers.back().send(question));
  }
  for (auto& x : callers)
    x.read_until("\r\n\r\n");
  return callers;
}

} // namespace

TEST_CASE("S2 5000 idle connections keep nobody out, and their memory does not stay") {
  if (!may_open(2 * crowd + 1000)) {
    skip("this needs " + std::to_string(2 * crowd + 1000) + " open files (ulimit -Hn)");
    return;
  }
  http_server_options options;
  CHECK(options.connections_max > crowd);
  options.read_timeout = 600s; // they are to idle until they close
  auto started = http_server::start(options, [](const http_exchange_ptr& exchange) {
    exchange->answer({200, {}, {}});
  });
  REQUIRE(started);
  const auto port = (*started)->port();
  REQUIRE(is_served(port));

  const auto none = resident_bytes();
  auto idle = idle_callers(port);
  CHECK(is_served(port));
  const auto first = resident_bytes();
  for (int i = 0; i < 2; ++i) {
    idle.clear();
    idle = idle_callers(port);
    CHECK(is_served(port));
  }
  const auto last = resident_bytes();
  if (memory_is_comparable) {
    CHECK(first - none < crowd * 32 * 1024);
    CHECK(last - first < crowd * 4 * 1024);
  }
}

TEST_CASE("S2 what is refused, or vanishes half said, costs no memory that stays") {
  echo_server x;
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::vector<std::string> refused{
    "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(100'000, 'a') + "\r\n\r\n",
    "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n",
    post + "Content-Length: 100000000\r\n\r\n", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "\x16\x03\x01\x02\x01\x01\xfc\x03\x03"};
  const std::string half = post + "Content-Length: 1000000\r\n\r\n" + std::string(500'000, 'a');
  const auto suffer = [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      for (const auto& request : refused)
        ask(x.port(), request);
      http_caller{x.port()}.send(half);
    }
    CHECK(is_served(x.port()));
    return resident_bytes();
  };
  const auto first = suffer(20);
  const auto last = suffer(100);
  if (memory_is_comparable)
    CHECK(last - first < 16 * 1024 * 1024); // a part of what 100 of the bodies are
}

TEST_CASE("S2 a caller that does not read its answer is ended") {
  http_server_options options;
  options.write_timeout = 300ms;
  std::promise<http_exchange_ptr> arrived;
  auto started = http_server::start(
    options, [&arrived](http_exchange_ptr exchange) { arrived.set_value(std::move(exchange)); });
  REQUIRE(started);
  http_caller deaf{(*started)->port()};
  REQUIRE(deaf.send(question));
  auto exchange = soon(arrived.get_future());
  exchange->answer({200, {}, std::string(64 * 1024 * 1024, 'a')});

  const auto until = std::chrono::steady_clock::now() + http_patience;
  while (!exchange->caller_is_gone() && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  CHECK(exchange->caller_is_gone());
}

} // namespace http_load_test
