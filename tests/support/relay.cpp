// SPDX-License-Identifier: Apache-2.0
#include "tests/support/relay.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace troupe::test {

namespace {

// More than this waits in the sender's socket.
constexpr std::size_t waiting_bytes_max = 1024 * 1024;

constexpr int backlog = 16;

int check(int x, const char* what) {
  if (x < 0)
    throw std::system_error{errno, std::generic_category(), what};
  return x;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* generic(const sockaddr_in& x) {
  return reinterpret_cast<const sockaddr*>(&x);
}

short interest(bool reads, bool writes) {
  return static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
}

} // namespace

relay::relay(std::uint16_t port)
    : target_{port},
      listening_{check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")},
      wake_{check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")} {
  auto address = loopback(0);
  check(::bind(listening_, generic(address), sizeof address), "bind");
  check(::listen(listening_, backlog), "listen");
  socklen_t size = sizeof address;
  check(::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread{[this](const std::stop_token& stop) { work(stop); }};
}

relay::~relay() {
  thread_.request_stop();
  ::eventfd_write(wake_, 1);
  thread_.join();
  for (const auto& x : pairs_)
    close(x);
  ::close(listening_);
  ::close(wake_);
}

void relay::cut() {
  set(mode::cut);
}

void relay::hold() {
  set(mode::held);
}

void relay::heal() {
  set(mode::open);
}

void relay::set(mode wanted) {
  mode_ = wanted;
  ::eventfd_write(wake_, 1);
}

void relay::close(const pair& x) {
  ::close(x.up.from);
  ::close(x.up.to);
}

void relay::accept_one() {
  auto from = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
  if (from < 0)
    return;
  auto to = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(target_);
  if (mode_ == mode::cut || ::connect(to, generic(address), sizeof address) != 0) {
    ::close(from);
    ::close(to);
    return;
  }
  const int yes = 1;
  ::setsockopt(from, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  ::setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  pairs_.push_back({{from, to, {}, false}, {to, from, {}, false}});
}

/// False when a side is gone, and all that it said was passed on.
bool relay::pump(stream& x, short events_from, short events_to) {
  if ((events_from & (POLLIN | POLLHUP | POLLERR)) != 0 && !x.ended) {
    std::array<char, 64 * 1024> bytes{};
    auto count = ::recv(x.from, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count > 0)
      x.waiting.append(bytes.data(), static_cast<std::size_t>(count));
    else if (count == 0 || (errno != EAGAIN && errno != EINTR))
      x.ended = true;
  }
  if (!x.waiting.empty() && (events_to & (POLLERR | POLLHUP)) != 0)
    return false;
  if (!x.waiting.empty()) {
    auto count = ::send(x.to, x.waiting.data(), x.waiting.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0)
      x.waiting.erase(0, static_cast<std::size_t>(count));
    else if (errno != EAGAIN && errno != EINTR)
      return false;
  }
  return !x.ended || !x.waiting.empty();
}

void relay::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    auto now = mode_.load();
    if (now == mode::cut) {
      std::ranges::for_each(pairs_, close);
      pairs_.clear();
    }
    std::vector<pollfd> sockets{{wake_, POLLIN, 0}, {listening_, POLLIN, 0}};
    if (now == mode::open)
      for (const auto& [up, down] : pairs_) {
        auto reads = [](const stream& x) { return x.waiting.size() < waiting_bytes_max; };
        sockets.push_back({up.from, interest(reads(up), !down.waiting.empty()), 0});
        sockets.push_back({up.to, interest(reads(down), !up.waiting.empty()), 0});
      }
    if (::poll(sockets.data(), sockets.size(), -1) < 0)
      continue;
    if (eventfd_t ignored = 0; sockets[0].revents != 0)
      ::eventfd_read(wake_, &ignored);
    if (now == mode::open && mode_ == mode::open) {
      std::size_t i = 2;
      std::erase_if(pairs_, [&](pair& x) {
        auto from = sockets[i++].revents, to = sockets[i++].revents;
        auto lives = pump(x.up, from, to) && pump(x.down, to, from);
        if (!lives)
          close(x);
        return !lives;
      });
    }
    if (sockets[1].revents != 0)
      accept_one();
  }
}

} // namespace troupe::test
