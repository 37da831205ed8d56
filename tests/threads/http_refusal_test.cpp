// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <csignal>
#include <future>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>

#include "node/certificates.hpp"
#include "tests/support/http_caller.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temporary_folder.hpp"

namespace http_refusal_test {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

/// A server that leaves its requests to the test.
struct patient_server {
  explicit patient_server(http_server_options options = {}) {
    auto started = http_server::start(
      std::move(options), [this](http_exchange_ptr x) { arrived.set_value(std::move(x)); });
    REQUIRE(started);
    server = std::move(*started);
  }

  /// The one request that comes.
  http_exchange_ptr take() {
    auto future = arrived.get_future();
    REQUIRE(future.wait_for(http_patience) == std::future_status::ready);
    return future.get();
  }

  std::promise<http_exchange_ptr> arrived;
  std::unique_ptr<http_server> server;
};

/// True as soon as it is noticed; systems take a moment to tell of an end.
bool goes(const http_exchange& x) {
  const auto until = std::chrono::steady_clock::now() + http_patience;
  while (!x.caller_is_gone() && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  return x.caller_is_gone();
}

const std::string question = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

http_server_options small_limits() {
  http_server_options options;
  options.header_bytes_max = 1024;
  options.url_bytes_max = 1024;
  options.body_bytes_max = 1024;
  options.headers_max = 10;
  return options;
}

std::string body_of(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

void check_problem(const std::string& answer, int status) {
  CHECK(answer.starts_with("HTTP/1.1 " + std::to_string(status) + " "));
  CHECK(answer.find("\r\nContent-Type: application/problem+json\r\n") != std::string::npos);
  CHECK(answer.find("\r\nConnection: close\r\n") != std::string::npos);
  const auto problem = nlohmann::json::parse(body_of(answer), nullptr, false);
  REQUIRE(problem.is_object());
  CHECK(problem["status"] == status);
  CHECK_FALSE(problem["detail"].get<std::string>().empty());
}

/// The limit of open files as it was, whatever a test does to it.
class file_limit {
public:
  file_limit() { ::getrlimit(RLIMIT_NOFILE, &old_); }
  ~file_limit() { ::setrlimit(RLIMIT_NOFILE, &old_); }

  rlim_t hard() const { return old_.rlim_max; }

  void set(rlim_t soft) const {
    rlimit x = old_;
    x.rlim_cur = soft;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &x) == 0);
  }

private:
  rlimit old_{};
};

/// Waits for a line of the log. To be made before the threads that write it, and ended after them.
class log_watch {
public:
  explicit log_watch(std::string text) : sink_{std::make_shared<sink>(std::move(text))} {
    spdlog::default_logger()->sinks().push_back(sink_);
  }

  ~log_watch() { std::erase(spdlog::default_logger()->sinks(), sink_); }

  bool comes() const {
    return sink_->come.get_future().wait_for(http_patience) == std::future_status::ready;
  }

private:
  struct sink final : spdlog::sinks::base_sink<std::mutex> {
    explicit sink(std::string x) : text{std::move(x)} {}

    void sink_it_(const spdlog::details::log_msg& line) override {
      const std::string_view said{line.payload.data(), line.payload.size()};
      if (said.find(text) != std::string_view::npos && !std::exchange(told, true))
        come.set_value();
    }

    void flush_() override {}

    const std::string text;
    bool told = false;
    std::promise<void> come;
  };

  std::shared_ptr<sink> sink_;
};

http_server_options secured(http_server_options options, const std::filesystem::path& folder) {
  REQUIRE(make_authority(folder, "test"));
  REQUIRE(make_certificate(folder, "gateway"));
  options.tls = {(folder / "gateway.pem").string(), (folder / "gateway.key").string()};
  return options;
}

std::vector<std::string> curl(std::uint16_t port, const std::filesystem::path& folder) {
  const auto address = "gateway:" + std::to_string(port);
  return {"curl",
          "-s",
          "--cacert",
          (folder / "ca.pem").string(),
          "--resolve",
          address + ":127.0.0.1",
          "https://" + address + "/"};
}

} // namespace

TEST_CASE("S2 a server knows when the caller of a request that waits is gone") {
  patient_server x;
  auto caller = std::make_unique<http_caller>(x.server->port());
  REQUIRE(caller->send(question));
  auto exchange = x.take();
  CHECK_FALSE(exchange->caller_is_gone());

  SECTION("it closes") {
    caller.reset();
  }
  SECTION("it says that nothing more will come") {
    caller->end_sending();
  }
  SECTION("it was about to ask more") {
    REQUIRE(caller->send(question));
    CHECK_FALSE(exchange->caller_is_gone());
    caller.reset();
  }
  CHECK(goes(*exchange));
}

TEST_CASE("a caller that waits for its answer gets it, and is gone after that") {
  patient_server x;
  http_caller caller{x.server->port()};
  REQUIRE(caller.send(question));
  auto exchange = x.take();
  exchange->answer({200, {}, "late"});
  CHECK(caller.read_all().ends_with("\r\n\r\nlate"));
  CHECK(goes(*exchange));
}

TEST_CASE("S2 a server of HTTPS knows when the caller of a request that waits is gone") {
  temporary_folder folder;
  patient_server x{secured({}, folder.path())};
  program caller{curl(x.server->port(), folder.path()), folder.path() / "out",
                 folder.path() / "errors"};
  auto exchange = x.take();
  CHECK_FALSE(exchange->caller_is_gone());
  caller.signal(SIGKILL);
  CHECK(goes(*exchange));
}

TEST_CASE("a request may be answered, to nobody, when its server has ended") {
  patient_server x;
  http_caller caller{x.server->port()};
  REQUIRE(caller.send(question));
  auto exchange = x.take();
  x.server.reset();
  CHECK(exchange->caller_is_gone());
  SECTION("at once") {
    exchange->answer({200, {}, "late"});
  }
  SECTION("in pieces") {
    bool taken = true;
    exchange->stream({200, {}, "late"})->write("later", [&](bool sent) { taken = sent; });
    CHECK_FALSE(taken);
  }
  SECTION("not at all") {}
  exchange.reset();
  CHECK(caller.read_all().empty());
}

TEST_CASE("S2 what the parser refuses is answered with a problem, and counted") {
  echo_server x{small_limits()};
  const std::string large(100'000, 'a');
  std::string many;
  for (int i = 0; i < 20; ++i)
    many += "X-" + std::to_string(i) + ": a\r\n";
  struct sample {
    std::string request;
    int status;
    http_refusal reason;
  };
  using enum http_refusal;
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  for (const auto& [request, status, reason] : std::vector<sample>{
         {"GET /" + large + " HTTP/1.1\r\nHost: a\r\n\r\n", 414, url_too_long},
         {"GET / HTTP/1.1\r\nHost: a\r\nX-A: " + large + "\r\n\r\n", 431, headers_too_large},
         {"GET / HTTP/1.1\r\nHost: a\r\n" + large + ": b\r\n\r\n", 431, headers_too_large},
         {"GET / HTTP/1.1\r\nHost: a\r\n" + many + "\r\n", 431, headers_too_large},
         {post + "Content-Length: 100000\r\n\r\n" + large, 413, body_too_large},
         {post + "Transfer-Encoding: chunked\r\n\r\n186a0\r\n" + large + "\r\n0\r\n\r\n", 413,
          body_too_large},
         {post + "Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n", 400, malformed},
         {post + "Content-Length: -1\r\n\r\n", 400, malformed},
         {"GET\r\n\r\n", 400, malformed},
         {"\x16\x03\x01\x02\x01\x01\xfc\x03\x03", 400, malformed},
         {"GET / HTTP/1.1\r\nHost: a\r\nBad Name: b\r\n\r\n", 400, malformed},
         {"GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", 400, malformed}}) {
    CAPTURE(request.substr(0, 80));
    const auto before = x.server().refused(reason);
    check_problem(ask(x.port(), request), status);
    CHECK(x.server().refused(reason) == before + 1);
  }
  CHECK(x.requests().empty());
  CHECK(is_served(x.port()));
  CHECK(ask(x.port(), "GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 200"));
}

TEST_CASE("S2 a caller that still sends its body reads why that is refused") {
  echo_server x{small_limits()};
  http_caller caller{x.port()};
  REQUIRE(caller.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n"));
  CHECK(caller.send(std::string(4'000'000, 'a')));
  check_problem(caller.read_all(), 413);
}

TEST_CASE("S2 on HTTPS, too, the parser's refusals are answered") {
  temporary_folder folder;
  echo_server x{secured(small_limits(), folder.path())};
  auto command = curl(x.port(), folder.path());
  command.insert(command.end(), {"-i", "-d", std::string(5000, 'a')});
  check_problem(run_program(command).output, 413);

  CHECK(ask(x.port(), question).find("HTTP/") == std::string::npos);
  CHECK(x.server().refused(http_refusal::handshake) > 0);
}

TEST_CASE("S2 a server without a file descriptor for a caller takes it when there is one again") {
  log_watch complaint{"cannot take a connection now"};
  file_limit limit;
  echo_server x;
  // The caller has its descriptor before there is none left.
  socket_handle late{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  REQUIRE(late);
  limit.set(static_cast<rlim_t>(late.get()) + 1);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(x.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(::connect(late.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  CHECK(complaint.comes());

  limit.set(limit.hard());
  CHECK(is_served(x.port()));
}

} // namespace http_refusal_test
