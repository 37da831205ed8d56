// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <future>

#include "tests/support/http_caller.hpp"

namespace http_seats_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// A server that answers about its health, and keeps everybody else waiting.
struct busy_server {
  explicit busy_server(http_server_options options) {
    options.vital_paths = {"/livez"};
    auto started = http_server::start(options, [this](http_exchange_ptr x) {
      if (x->request().path == "/livez")
        return x->answer({200, {}, "alive"});
      std::lock_guard guard{mutex};
      waiting.push_back(std::move(x));
      came.notify_all();
    });
    REQUIRE(started);
    server = std::move(*started);
  }

  void wait_for(std::size_t count) {
    std::unique_lock lock{mutex};
    REQUIRE(came.wait_for(lock, http_patience, [&] { return waiting.size() >= count; }));
  }

  std::mutex mutex;
  std::condition_variable came;
  std::vector<http_exchange_ptr> waiting;
  std::unique_ptr<http_server> server;
};

std::string get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
}

} // namespace

TEST_CASE("S2 health is answered while all seats wait for their answers") {
  http_server_options options;
  options.connections_max = 4;
  options.connections_per_address_max = 4;
  busy_server x{options};
  std::vector<http_caller> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back(x.server->port());
    REQUIRE(callers.back().send(get("/wait")));
  }
  x.wait_for(4);
  CHECK(ask(x.server->port(), get("/wait")).starts_with("HTTP/1.1 503"));
  CHECK(ask(x.server->port(), get("/livez")).starts_with("HTTP/1.1 200"));
  CHECK(x.server->refused(http_refusal::overloaded) == 1);

  x.waiting.front()->answer({200, {}, "first"});
  callers.front().read_all();
  callers.front() = http_caller{x.server->port()};
  REQUIRE(callers.front().send(get("/wait")));
  x.wait_for(5);
}

TEST_CASE("S2 any number of silent connections keeps nobody out") {
  http_server_options options;
  options.connections_max = 20;
  options.read_timeout = 600s;
  busy_server x{options};
  std::vector<http_caller> silent;
  for (int i = 0; i < 200; ++i)
    silent.emplace_back(x.server->port());
  CHECK(ask(x.server->port(), get("/livez")).starts_with("HTTP/1.1 200"));
  for (int i = 0; i < 200; ++i) {
    silent.emplace_back(x.server->port());
    silent.back().send("GET / HT");
  }
  CHECK(ask(x.server->port(), get("/livez")).starts_with("HTTP/1.1 200"));
}

TEST_CASE("S2 a handler hears when the caller of a request that waits leaves") {
  busy_server x{{}};
  auto caller = std::make_unique<http_caller>(x.server->port());
  REQUIRE(caller->send(get("/wait")));
  x.wait_for(1);
  std::promise<void> left;
  const auto exchange = x.waiting.front();
  exchange->when_caller_leaves([&left] { left.set_value(); });
  caller.reset();
  CHECK(left.get_future().wait_for(http_patience) == std::future_status::ready);
  exchange->answer({200, {}, "to nobody"});
}

TEST_CASE("S2 a malformed request behind a good one is answered and harms nobody") {
  echo_server x;
  const std::string good = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok";
  for (const std::string bad :
       {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nBad Name: b\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "\x01\r\n",
        "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    CAPTURE(bad);
    for (const auto count : {1, 20}) {
      std::string text;
      for (int i = 0; i < count; ++i)
        text += good;
      auto answers = ask(x.port(), text + bad + good);
      for (int i = 0; i < count; ++i) {
        REQUIRE(answers.starts_with("HTTP/1.1 200"));
        answers.erase(0, answers.find("\r\n\r\nok") + 6);
      }
      CHECK((answers.starts_with("HTTP/1.1 400") || answers.starts_with("HTTP/1.1 505")));
      CHECK(answers.find("Connection: close") != std::string::npos);
      CHECK(answers.find("HTTP/1.1 200") == std::string::npos);
    }
  }
  CHECK(is_served(x.port()));
}

TEST_CASE("HTTP 1.0 gets a stream without chunks, which ends with its connection") {
  auto started = http_server::start({}, [](const http_exchange_ptr& exchange) {
    exchange->stream({200, {}, "first,"})->write("second", nullptr);
  });
  REQUIRE(started);
  const auto answer = ask((*started)->port(), "GET / HTTP/1.0\r\n\r\n");
  CHECK(answer.find("chunked") == std::string::npos);
  CHECK(answer.ends_with("\r\n\r\nfirst,second"));
  const auto head
    = ask((*started)->port(), "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(head.ends_with("\r\n\r\n"));
}

} // namespace http_seats_test
