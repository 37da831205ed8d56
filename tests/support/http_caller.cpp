// SPDX-License-Identifier: Apache-2.0
#include "tests/support/http_caller.hpp"

#include <catch2/catch.hpp>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace troupe::test {

echo_server::echo_server(http_server_options options) {
  auto started = http_server::start(std::move(options), [this](http_exchange_ptr exchange) {
    std::lock_guard guard{mutex_};
    requests_.push_back(exchange->request());
    exchange->answer({200, {{"Content-Type", "text/plain"}}, exchange->request().body});
  });
  REQUIRE(started);
  server_ = std::move(*started);
}

std::vector<http_request> echo_server::requests() {
  std::lock_guard guard{mutex_};
  return requests_;
}

http_caller::http_caller(std::uint16_t port) {
  auto socket = connect_to({"127.0.0.1", port}, std::chrono::steady_clock::now() + http_patience);
  REQUIRE(socket);
  socket_ = std::move(*socket);
}

bool http_caller::send(std::string_view text) {
  const auto until = std::chrono::steady_clock::now() + http_patience;
  while (!text.empty()) {
    const auto sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN && socket_.wait_for(POLLOUT, until))
      continue;
    if (sent < 0)
      return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void http_caller::end_sending() {
  ::shutdown(socket_.get(), SHUT_WR);
}

bool http_caller::is_closed_within(milliseconds time) {
  return socket_.wait_for(POLLIN, std::chrono::steady_clock::now() + time);
}

std::string http_caller::read_until(std::string_view end) {
  const auto until = std::chrono::steady_clock::now() + http_patience;
  std::string text;
  char buffer[4096];
  while (text.find(end) == std::string::npos && socket_.wait_for(POLLIN, until)) {
    const auto read = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (read < 0 && errno == EAGAIN)
      continue;
    if (read <= 0)
      return text;
    text.append(buffer, static_cast<std::size_t>(read));
  }
  if (text.find(end) == std::string::npos)
    FAIL("the connection is still open; it said: " << text);
  return text;
}

http_server_options impatient() {
  http_server_options options;
  options.read_timeout = milliseconds{300};
  return options;
}

std::string ask(std::uint16_t port, const std::string& request) {
  http_caller x{port};
  x.send(request);
  return x.read_all();
}

bool is_served(std::uint16_t port) {
  return ask(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    .starts_with("HTTP/1.1 200");
}

} // namespace troupe::test
