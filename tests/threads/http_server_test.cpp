// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <future>
#include <utility>

#include "gateway/http_server.hpp"
#include "node/certificates.hpp"
#include "tests/support/http_caller.hpp"
#include "tests/support/program.hpp"
#include "tests/support/soon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace http_server_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

constexpr milliseconds patience = http_patience;

/// What curl says to an HTTPS server, whose certificate must be of a folder's CA.
test::program_end curl(std::uint16_t port, const std::filesystem::path& folder) {
  const auto address = "gateway:" + std::to_string(port);
  return test::run_program({"curl", "-s", "--cacert", (folder / "ca.pem").string(), "--resolve",
                            address + ":127.0.0.1", "-d", "hello", "https://" + address + "/"});
}

void copy_pair(const std::filesystem::path& from, const std::filesystem::path& to) {
  for (const auto* name : {"gateway.pem", "gateway.key"})
    std::filesystem::copy_file(from / name, to / name,
                               std::filesystem::copy_options::overwrite_existing);
}

} // namespace

TEST_CASE("a request reaches the handler, and its answer the caller") {
  echo_server x;
  const auto answer = ask(x.port(), "POST /a%20b?c=d HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\n"
                                    "Content-Length: 2\r\nConnection: close\r\n\r\nhi");
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.ends_with("\r\n\r\nhi"));
  const auto request = x.requests().at(0);
  CHECK(request.path == "/a%20b");
  CHECK(request.query == "c=d");
  CHECK(request.header("x-a") == "1, 2");
  CHECK(request.peer == "127.0.0.1");
}

TEST_CASE("a server listens where a name stands for, and says so when it stands for nothing") {
  http_server_options options;
  options.host = "localhost";
  CHECK(is_served(echo_server{options}.port()));
  options.host = "no-such-host.invalid";
  auto started = http_server::start(options, [](const http_exchange_ptr&) {});
  REQUIRE_FALSE(started);
  CHECK(started.error().text.find("no-such-host.invalid") != std::string::npos);
}

TEST_CASE("who cannot serve says why in the system's words only") {
  echo_server x;
  http_server_options options;
  options.host = "127.0.0.1";
  options.port = x.port();

  const auto started = http_server::start(options, [](const http_exchange_ptr&) {});

  REQUIRE_FALSE(started);
  CHECK(started.error().text
        == "cannot serve HTTP on 127.0.0.1:" + std::to_string(x.port())
             + ": Address already in use; is another program listening there?");
}

TEST_CASE(
  "S2 a server goes on when all its seats were held by requests that were answered too late") {
  http_server_options options;
  options.connections_max = 1;
  options.handle_timeout = 50ms;
  std::promise<http_exchange_ptr> late;
  bool first = true;
  auto started = http_server::start(options, [&](http_exchange_ptr exchange) {
    if (std::exchange(first, false))
      late.set_value(std::move(exchange));
    else
      exchange->answer({200, {}, {}});
  });
  REQUIRE(started);
  http_caller x{(*started)->port()};
  REQUIRE(x.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  auto exchange = soon(late.get_future());
  x.read_all(); // the server has given it up
  exchange.reset();
  CHECK(is_served((*started)->port()));
}

TEST_CASE("S2 a request that comes too slowly is ended, whatever it trickles") {
  echo_server x{impatient()};
  http_caller slow{x.port()};
  REQUIRE(slow.send("GET / HTTP/1.1\r\nHost: a\r\n"));
  const auto begun = std::chrono::steady_clock::now();
  while (slow.send("X-A: b\r\n") && std::chrono::steady_clock::now() - begun < patience)
    if (slow.is_closed_within(20ms))
      break;
  CHECK(std::chrono::steady_clock::now() - begun < patience / 2);
  CHECK(x.requests().empty());
  CHECK(is_served(x.port()));
}

TEST_CASE("S2 a body that comes too slowly is ended") {
  echo_server x{impatient()};
  http_caller slow{x.port()};
  REQUIRE(slow.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc"));
  slow.read_all();
  CHECK(x.requests().empty());
}

TEST_CASE("S2 a connection that says nothing is ended") {
  echo_server x{impatient()};
  http_caller silent{x.port()};
  CHECK(silent.read_all().empty());
}

TEST_CASE("S2 headers, URLs and bodies that are too large end the connection") {
  http_server_options options;
  options.header_bytes_max = 1024;
  options.url_bytes_max = 1024;
  options.body_bytes_max = 1024;
  options.headers_max = 10;
  echo_server x{options};
  const std::string large(100'000, 'a');
  std::string many;
  for (int i = 0; i < 20; ++i)
    many += "X-" + std::to_string(i) + ": a\r\n";
  for (const auto& request :
       {"GET / HTTP/1.1\r\nHost: a\r\nX-A: " + large + "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n" + large + ": b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n" + many + "\r\n",
        "GET /" + large + " HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + large,
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + large
          + "\r\n0\r\n\r\n"}) {
    CAPTURE(request.substr(0, 80));
    CHECK_FALSE(ask(x.port(), request).starts_with("HTTP/1.1 200"));
  }
  CHECK(x.requests().empty());
  CHECK(is_served(x.port()));
}

TEST_CASE("S2 what is no HTTP, or smuggles headers, does not reach the handler") {
  echo_server x{impatient()};
  for (const std::string request :
       {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "GET\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nBad Name: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: a\x01\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n"}) {
    CAPTURE(request);
    http_caller bad{x.port()};
    bad.send(request);
    bad.send("\r\n\r\n");
    CHECK_FALSE(bad.read_all().starts_with("HTTP/1.1 200"));
  }
  CHECK(x.requests().empty());
  CHECK(is_served(x.port()));
}

TEST_CASE("S2 callers that vanish at any point are forgotten") {
  echo_server x;
  const std::string request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
  for (std::size_t cut = 0; cut <= request.size(); ++cut)
    http_caller{x.port()}.send(request.substr(0, cut));
  CHECK(is_served(x.port()));
}

TEST_CASE("S2 idle connections are bounded, and make room when their time is over") {
  auto options = impatient();
  options.connections_max = 20;
  echo_server x{options};
  std::vector<http_caller> idle;
  for (int i = 0; i < 60; ++i)
    idle.emplace_back(x.port());
  CHECK(is_served(x.port())); // waits until the first ones are ended
}

TEST_CASE("S2 an answer's headers cannot be split") {
  std::unique_ptr<http_server> server;
  auto started = http_server::start({}, [](http_exchange_ptr exchange) {
    exchange->answer({200, {{"X-Echo", "a\r\nSet-Cookie: b"}, {"X-Other", "c\nd"}}, "body"});
  });
  REQUIRE(started);
  const auto answer
    = ask((*started)->port(), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(answer.find("\nSet-Cookie") == std::string::npos);
  CHECK(answer.find("\nd") == std::string::npos);
}

TEST_CASE("a header that was added goes with whatever answer there is") {
  auto started = http_server::start({}, [](http_exchange_ptr exchange) {
    exchange->add_header("X-Added", "yes");
    if (exchange->request().path == "/stream")
      exchange->stream({200, {}, "piece"})->end();
    else
      exchange->answer({exchange->request().path == "/none" ? 204 : 200, {}, {}});
  });
  REQUIRE(started);
  for (const std::string path : {"/", "/none", "/stream"}) {
    CAPTURE(path);
    CHECK(
      ask((*started)->port(), "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .find("X-Added: yes\r\n")
      != std::string::npos);
  }
}

TEST_CASE("HTTPS is served, and files that were replaced are used for new connections") {
  test::temporary_folder folder;
  const auto old = folder.path() / "old", young = folder.path() / "young",
             used = folder.path() / "used";
  std::filesystem::create_directory(used);
  for (const auto& ca : {old, young}) {
    REQUIRE(make_authority(ca, "test"));
    REQUIRE(make_certificate(ca, "gateway"));
  }
  copy_pair(old, used);
  http_server_options options;
  options.tls = {(used / "gateway.pem").string(), (used / "gateway.key").string()};
  echo_server x{options};
  CHECK(curl(x.port(), old).output == "hello");
  CHECK(curl(x.port(), young).status == 60); // curl: no trust

  copy_pair(young, used);
  REQUIRE(x.server().reload_tls());
  CHECK(curl(x.port(), young).output == "hello");
  CHECK(curl(x.port(), old).status == 60);

  std::filesystem::resize_file(used / "gateway.key", 10);
  CHECK_FALSE(x.server().reload_tls());
  CHECK(curl(x.port(), young).output == "hello");
}

TEST_CASE("S2 on the port of HTTPS silence and plain HTTP are ended") {
  test::temporary_folder folder;
  REQUIRE(make_authority(folder.path(), "test"));
  REQUIRE(make_certificate(folder.path(), "gateway"));
  auto options = impatient();
  options.tls
    = {(folder.path() / "gateway.pem").string(), (folder.path() / "gateway.key").string()};
  echo_server x{options};
  CHECK(http_caller{x.port()}.read_all().empty());
  CHECK_FALSE(ask(x.port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 200"));
  CHECK(curl(x.port(), folder.path()).output == "hello");
}

TEST_CASE("files of TLS that cannot be used are refused at start, by name") {
  test::temporary_folder folder;
  REQUIRE(make_authority(folder.path(), "test"));
  REQUIRE(make_certificate(folder.path(), "gateway"));
  REQUIRE(make_certificate(folder.path(), "other"));
  auto start = [&](const std::string& certificate, const std::string& key) {
    http_server_options options;
    options.tls = {(folder.path() / certificate).string(), (folder.path() / key).string()};
    auto started = http_server::start(options, [](const http_exchange_ptr&) {});
    REQUIRE_FALSE(started);
    return started.error().text;
  };
  CHECK(start("none.pem", "gateway.key").find("none.pem': cannot be read") != std::string::npos);
  CHECK(start("gateway.pem", "none.key").find("none.key': cannot be read") != std::string::npos);
  CHECK(start("gateway.pem", "other.key").find("other.key'") != std::string::npos);
  CHECK(start("gateway.key", "gateway.key").find("gateway.key'") != std::string::npos);
}

} // namespace http_server_test
