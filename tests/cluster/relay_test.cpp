// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/relay.hpp"

namespace relay_test {

using namespace troupe::test;

namespace {

/// A socket that is closed in the end. Reads wait for two seconds at most.
struct connection {
  explicit connection(int socket) : number{socket} {
    REQUIRE(number >= 0);
    timeval limit{2, 0};
    ::setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~connection() { ::close(number); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void write(const std::string& text) const {
    REQUIRE(::send(number, text.data(), text.size(), MSG_NOSIGNAL)
            == static_cast<ssize_t>(text.size()));
  }

  std::string read() const {
    std::array<char, 100> text{};
    auto count = ::recv(number, text.data(), text.size(), 0);
    REQUIRE(count >= 0);
    return {text.data(), static_cast<std::size_t>(count)};
  }

  bool has_ended() const { return read().empty(); }

  /// Does anything come within a tenth of a second?
  bool is_silent() const {
    pollfd socket{number, POLLIN, 0};
    return ::poll(&socket, 1, 100) == 0;
  }

  int number;
};

int connect_to_port(std::uint16_t port) {
  auto result = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(result, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return result;
}

/// One connection through a relay.
struct relayed {
  int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port = listen();
  relay network{port};
  connection here{connect_to_port(network.port())};
  connection there{::accept(listening, nullptr, nullptr)};

  ~relayed() { ::close(listening); }

  std::uint16_t listen() const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listening, generic, size) == 0);
    REQUIRE(::listen(listening, 1) == 0);
    REQUIRE(::getsockname(listening, generic, &size) == 0);
    return ntohs(address.sin_port);
  }
};

} // namespace

TEST_CASE_METHOD(relayed, "a relay passes bytes on in both directions, and the end") {
  here.write("to there");
  CHECK(there.read() == "to there");
  there.write("to here");
  CHECK(here.read() == "to here");
  ::shutdown(here.number, SHUT_WR);
  CHECK(there.has_ended());
}

TEST_CASE_METHOD(relayed, "a relay that holds bytes passes them on when it is healed") {
  network.hold();
  here.write("late");
  CHECK(there.is_silent());
  network.heal();
  CHECK(there.read() == "late");
}

TEST_CASE_METHOD(relayed, "a relay that is cut closes connections, old and new ones") {
  network.cut();
  CHECK(here.has_ended());
  CHECK(there.has_ended());
  CHECK(connection{connect_to_port(network.port())}.has_ended());
}

} // namespace relay_test
