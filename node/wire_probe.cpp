// SPDX-License-Identifier: Apache-2.0
#include "node/wire_probe.hpp"

#include <array>
#include <chrono>
#include <poll.h>
#include <sys/socket.h>

#include "messages/registration.hpp"
#include "node/socket.hpp"

namespace troupe {

namespace {

// A handshake is a few kilobytes: the names of the types that the published actor understands.
constexpr std::size_t handshake_bytes_max = 64 * 1024;

std::string read_handshake(const socket_handle& socket, socket_handle::deadline until) {
  std::string bytes;
  std::array<char, 4096> buffer{};
  while (bytes.size() < handshake_bytes_max && socket.wait_for(POLLIN, until)) {
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
  auto socket = connect_to(address, until);
  if (!socket)
    return tl::unexpected{socket.error()};
  if (auto found = read_handshake(*socket, until); !found.empty())
    return found;
  return failure(errc::unavailable, "no wire version was told in time");
}

} // namespace troupe
