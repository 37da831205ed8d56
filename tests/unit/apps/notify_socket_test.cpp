// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/troupe/notify_socket.hpp"
#include "node/service_manager.hpp"

namespace notify_socket_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct variable {
  variable(const char* name, const std::string& value) : name{name} {
    ::setenv(name, value.c_str(), 1);
  }
  ~variable() { ::unsetenv(name); }
  const char* name;
};

notify_socket open() {
  auto opened = notify_socket::open();
  REQUIRE(opened);
  return std::move(*opened);
}

} // namespace

TEST_CASE("signs of life name the process that gave them") {
  auto socket = open();
  variable address{"NOTIFY_SOCKET", socket.address()};
  variable patience{"WATCHDOG_USEC", "60000000"};
  CHECK(socket.take().empty());

  const auto child = ::fork();
  if (child == 0) {
    service_manager::from_environment()->tell("WATCHDOG=1");
    ::_exit(0);
  }
  REQUIRE(child > 0);
  ::waitpid(child, nullptr, 0);
  auto manager = service_manager::from_environment();
  REQUIRE(manager);
  CHECK(manager->patience() == 60s);
  manager->tell("STATUS=well\nWATCHDOG=1");

  CHECK(socket.take() == std::vector<pid_t>{child, ::getpid()});
  CHECK(socket.take().empty());
}

TEST_CASE("other words to a service manager are no signs of life") {
  auto socket = open();
  variable address{"NOTIFY_SOCKET", socket.address()};
  auto manager = service_manager::from_environment();
  REQUIRE(manager);

  for (const auto& x :
       {std::string{"READY=1"}, std::string{}, std::string{"WATCHDOG=10"},
        std::string{"XWATCHDOG=1"}, std::string(100'000, 'x'), std::string(9, '\0')})
    manager->tell(x);

  CHECK(socket.take().empty());
}

TEST_CASE("more signs of life than anybody takes hold nobody up") {
  auto socket = open();
  variable address{"NOTIFY_SOCKET", socket.address()};
  auto manager = service_manager::from_environment();
  REQUIRE(manager);
  for (int i = 0; i < 100'000; ++i)
    manager->tell("WATCHDOG=1"); // returns although nobody listens

  CHECK_FALSE(socket.take().empty());
}

TEST_CASE("a process that nobody watches gives no signs of life") {
  CHECK_FALSE(service_manager::from_environment());
  {
    variable nowhere{"NOTIFY_SOCKET", "/nonexistent/socket"};
    CHECK_FALSE(service_manager::from_environment());
  }
  {
    variable other{"NOTIFY_SOCKET", "vsock:2:1234"};
    CHECK_FALSE(service_manager::from_environment());
  }
  auto socket = open();
  variable address{"NOTIFY_SOCKET", socket.address()};
  {
    variable patience{"WATCHDOG_USEC", "60000000"};
    variable whose{"WATCHDOG_PID", "1"};
    auto manager = service_manager::from_environment();
    REQUIRE(manager);
    CHECK(manager->patience() == 0ms);
  }
  variable patience{"WATCHDOG_USEC", "soon"};
  CHECK(service_manager::from_environment()->patience() == 0ms);
}

} // namespace notify_socket_test
