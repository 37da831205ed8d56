// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <future>

#include "tests/support/http_caller.hpp"

namespace http_body_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// A server that decides by the heads of requests: those without a token are refused. Answers with
/// the number of bytes that came.
std::unique_ptr<http_server> start_doorkeeper(http_server_options options = {}) {
  options.hands_over_heads = true;
  auto started = http_server::start(options, [](const http_exchange_ptr& exchange) {
    const auto respond = [](const http_exchange_ptr& x) {
      x->answer({200, {}, std::to_string(x->request().body.size()) + " bytes"});
    };
    if (!exchange->request().headers.contains("authorization"))
      return exchange->answer({401, {}, {}});
    if (!exchange->lacks_body())
      return respond(exchange);
    exchange->read_body([exchange, respond] { respond(exchange); });
  });
  REQUIRE(started);
  return std::move(*started);
}

std::string post(std::size_t bytes, const std::string& headers = {}) {
  return "POST / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\n" + headers
         + "Content-Length: " + std::to_string(bytes) + "\r\n\r\n";
}

} // namespace

TEST_CASE("S2 a request is refused by its head and nobody reads its body") {
  const auto server = start_doorkeeper();
  http_caller x{server->port()};
  REQUIRE(x.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\nbegun"));
  const auto answer = x.read_until("\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 401"));
  CHECK(answer.find("Connection: close") != std::string::npos);
}

TEST_CASE("a body that is wanted is read in whatever way it comes") {
  const auto server = start_doorkeeper();
  for (const std::size_t size : {5U, 5000U, 20'000U, 3'000'000U}) {
    http_caller x{server->port()};
    REQUIRE(x.send(post(size, "Connection: close\r\n")));
    REQUIRE(x.send(std::string(size, 'a')));
    CHECK(x.read_all().ends_with("\r\n\r\n" + std::to_string(size) + " bytes"));
  }
  std::string pieces = "POST / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nConnection: close\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 100'000; ++i)
    pieces += "1\r\na\r\n";
  CHECK(ask(server->port(), pieces + "0\r\n\r\n").ends_with("\r\n\r\n100000 bytes"));
}

TEST_CASE("a caller that waits for 100 gets it when its body is wanted, and only then") {
  const auto server = start_doorkeeper();
  http_caller x{server->port()};
  REQUIRE(x.send(post(5, "Expect: 100-Continue\r\n")));
  CHECK(x.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  REQUIRE(x.send("hello"));
  CHECK(x.read_until("5 bytes").starts_with("HTTP/1.1 200"));

  http_caller refused{server->port()};
  REQUIRE(refused.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                       "Content-Length: 5\r\n\r\n"));
  CHECK(refused.read_until("\r\n\r\n").starts_with("HTTP/1.1 401"));

  http_caller early{server->port()};
  REQUIRE(early.send(post(5, "Expect: 100-continue\r\nConnection: close\r\n") + "hello"));
  CHECK(early.read_all().starts_with("HTTP/1.1 200"));
}

TEST_CASE("S2 all bodies together have a bound, and whoever comes later is told to come back") {
  http_server_options options;
  options.bodies_bytes_max = 1'000'000;
  options.read_timeout = http_patience;
  const auto server = start_doorkeeper(options);
  http_caller first{server->port()};
  REQUIRE(first.send(post(900'000) + "begun"));
  const auto refused = ask(server->port(), post(900'000, "Connection: close\r\n"));
  CHECK(refused.starts_with("HTTP/1.1 503"));
  CHECK(refused.find("Retry-After: 1") != std::string::npos);
  CHECK(server->refused(http_refusal::overloaded) == 1);
  // Small ones are taken.
  CHECK(ask(server->port(), post(5, "Connection: close\r\n") + "hello").ends_with("5 bytes"));

  REQUIRE(first.send(std::string(900'000 - 5, 'a')));
  CHECK(first.read_until("900000 bytes").starts_with("HTTP/1.1 200"));
  http_caller second{server->port()};
  REQUIRE(second.send(post(900'000) + std::string(900'000, 'a')));
  CHECK(second.read_until("900000 bytes").starts_with("HTTP/1.1 200"));
}

TEST_CASE("S2 a body of unknown length takes from the bound what it has come to") {
  http_server_options options;
  options.bodies_bytes_max = 1'000'000;
  options.body_bytes_max = 10'000'000;
  const auto server = start_doorkeeper(options);
  std::string text = "POST / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nConnection: close\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 200; ++i)
    text += "2000\r\n" + std::string(0x2000, 'a') + "\r\n";
  CHECK(ask(server->port(), text + "0\r\n\r\n").starts_with("HTTP/1.1 503"));
  CHECK(ask(server->port(), post(900'000, "Connection: close\r\n") + std::string(900'000, 'a'))
          .ends_with("900000 bytes"));
}

} // namespace http_body_test
