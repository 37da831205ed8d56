// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/notify_socket.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>

namespace troupe {

namespace {

// One call takes no more, so that a flood of them holds nobody up.
constexpr int taken_max = 1000;

tl::unexpected<error> socket_failure(const char* what) {
  return failure(errc::unavailable, std::string{what} + ": " + std::strerror(errno));
}

/// Who sent it; 0: not known.
pid_t sender_of(msghdr& message) {
  for (auto* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    ucred sender{};
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS
        || part->cmsg_len != CMSG_LEN(sizeof sender))
      continue;
    std::memcpy(&sender, CMSG_DATA(part), sizeof sender);
    return sender.pid;
  }
  return 0;
}

bool has_line(std::string_view text, std::string_view line) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (text.substr(0, end) == line)
      return true;
    text = end == text.npos ? std::string_view{} : text.substr(end + 1);
  }
  return false;
}

} // namespace

result<notify_socket> notify_socket::open() {
  socket_handle socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket)
    return socket_failure("cannot make a socket for signs of life");
  const int yes = 1;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // Without a name the kernel gives one that nobody has, and that no file is left of: unix(7).
  socklen_t size = sizeof address.sun_family;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) != 0
      || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0)
    return socket_failure("cannot listen for signs of life");
  size = sizeof address;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return socket_failure("cannot listen for signs of life");
  std::string name{address.sun_path, size - offsetof(sockaddr_un, sun_path)};
  name.front() = '@';
  return notify_socket{std::move(socket), std::move(name)};
}

std::vector<pid_t> notify_socket::take() {
  std::vector<pid_t> result;
  for (int i = 0; i < taken_max; ++i) {
    std::array<char, 4096> text;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control;
    iovec part{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto size = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0 && errno == EINTR)
      continue;
    if (size < 0)
      break;
    const auto sender = sender_of(message);
    if (sender != 0 && has_line({text.data(), static_cast<std::size_t>(size)}, "WATCHDOG=1"))
      result.push_back(sender);
  }
  return result;
}

} // namespace troupe
