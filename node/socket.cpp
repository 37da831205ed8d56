// SPDX-License-Identifier: Apache-2.0
#include "node/socket.hpp"

#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace troupe {

namespace {

using addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

result<addresses> resolve(const endpoint& address, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const auto code
    = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (code != 0)
    return failure(errc::unavailable,
                   "cannot resolve '" + address.host + "': " + ::gai_strerror(code));
  return addresses{found, &::freeaddrinfo};
}

socket_handle open_socket(const addrinfo& address) {
  return socket_handle{::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
}

/// 0, or the `errno` of why not.
int connect(const socket_handle& socket, const addrinfo& address, socket_handle::deadline until) {
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0)
    return 0;
  if (errno != EINPROGRESS)
    return errno;
  if (!socket.wait_for(POLLOUT, until))
    return ETIMEDOUT;
  int problem = 0;
  socklen_t size = sizeof problem;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &problem, &size) == 0 ? problem : errno;
}

int listen(const socket_handle& socket, const addrinfo& address) {
  // The address may have been left by a process before this one a moment ago.
  const int on = 1;
  const bool works = ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0
                     && ::bind(socket.get(), address.ai_addr, address.ai_addrlen) == 0
                     && ::listen(socket.get(), SOMAXCONN) == 0;
  return works ? 0 : errno;
}

/// The first address with which `attempt` succeeds.
result<socket_handle>
try_all(const addresses& all, const std::string& what,
        const std::function<int(const socket_handle&, const addrinfo&)>& attempt) {
  int problem = EADDRNOTAVAIL;
  for (const auto* i = all.get(); i != nullptr; i = i->ai_next) {
    auto socket = open_socket(*i);
    problem = socket ? attempt(socket, *i) : errno;
    if (problem == 0)
      return socket;
  }
  return failure(errc::unavailable, what + ": " + std::strerror(problem));
}

} // namespace

socket_handle::~socket_handle() {
  if (value_ >= 0)
    ::close(value_);
}

bool socket_handle::wait_for(short events, deadline until) const {
  const auto left
    = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now()).count();
  if (left <= 0)
    return false;
  pollfd polled{.fd = value_, .events = events, .revents = 0};
  return ::poll(&polled, 1, static_cast<int>(left)) == 1;
}

result<socket_handle> connect_to(const endpoint& address, socket_handle::deadline until) {
  auto all = resolve(address, 0);
  if (!all)
    return tl::unexpected{all.error()};
  return try_all(*all, "cannot connect", [until](const auto& socket, const auto& place) {
    return connect(socket, place, until);
  });
}

result<socket_handle> listen_at(const endpoint& address) {
  auto all = resolve(address, AI_PASSIVE);
  if (!all)
    return tl::unexpected{all.error()};
  return try_all(*all, "cannot listen", listen);
}

std::uint16_t local_port(const socket_handle& socket) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size) != 0)
    return 0;
  return ntohs(name.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(name).sin6_port
                                          : reinterpret_cast<sockaddr_in&>(name).sin_port);
}

} // namespace troupe
