#include "node/wire_probe.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "messages/registration.hpp"

namespace troupe {

namespace {

using deadline = std::chrono::steady_clock::time_point;

// A handshake is a few kilobytes: the names of the types that the published actor understands.
constexpr std::size_t handshake_bytes_max = 64 * 1024;

class file_descriptor {
public:
  explicit file_descriptor(int value) : value_{value} {}
  ~file_descriptor() {
    if (value_ >= 0)
      ::close(value_);
  }
  file_descriptor(const file_descriptor&) = delete;
  file_descriptor& operator=(const file_descriptor&) = delete;

  int get() const noexcept { return value_; }

private:
  int value_;
};

bool wait_for(const file_descriptor& socket, short events, deadline until) {
  auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
  if (left.count() <= 0)
    return false;
  pollfd polled{.fd = socket.get(), .events = events, .revents = 0};
  return ::poll(&polled, 1, static_cast<int>(left.count())) == 1;
}

bool connect_to(const file_descriptor& socket, const addrinfo& address, deadline until) {
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0)
    return true;
  if (errno != EINPROGRESS || !wait_for(socket, POLLOUT, until))
    return false;
  int problem = 0;
  socklen_t size = sizeof problem;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &problem, &size) == 0 && problem == 0;
}

std::string read_handshake(const file_descriptor& socket, deadline until) {
  std::string bytes;
  std::array<char, 4096> buffer{};
  while (bytes.size() < handshake_bytes_max && wait_for(socket, POLLIN, until)) {
    auto count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0)
      break;
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
    if (auto found = find_wire_identifier(bytes); !found.empty())
      return found;
  }
  return {};
}

} // namespace

std::string find_wire_identifier(const std::string& handshake) {
  // Strings stand behind their length, which is one byte for short ones.
  auto at = handshake.find(wire_identifier_prefix);
  if (at == std::string::npos || at == 0)
    return {};
  auto length = static_cast<unsigned char>(handshake[at - 1]);
  if (length <= wire_identifier_prefix.size() || length > 127 || at + length > handshake.size())
    return {};
  return handshake.substr(at, length);
}

result<std::string> read_wire_identifier(const endpoint& address, milliseconds timeout) {
  auto until = std::chrono::steady_clock::now() + timeout;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* resolved = nullptr;
  auto code
    = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &resolved);
  if (code != 0)
    return failure(errc::unavailable,
                   "cannot resolve '" + address.host + "': " + ::gai_strerror(code));
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{resolved, &::freeaddrinfo};
  for (auto i = resolved; i != nullptr; i = i->ai_next) {
    file_descriptor socket{::socket(i->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (socket.get() < 0 || !connect_to(socket, *i, until))
      continue;
    if (auto found = read_handshake(socket, until); !found.empty())
      return found;
  }
  return failure(errc::unavailable, "no wire version was told in time");
}

} // namespace troupe
