// SPDX-License-Identifier: Apache-2.0
#include "bench/http_connection.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <fmt/format.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>

namespace troupe::bench {

namespace {

constexpr timeval answer_patience{10, 0};
constexpr std::string_view head_end = "\r\n\r\n";

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char x) { return static_cast<char>(std::tolower(x)); });
  return text;
}

int number_in(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

} // namespace

std::string http_reply::header(std::string name) const {
  auto begin = lowered(head).find("\r\n" + lowered(std::move(name)) + ": ");
  if (begin == std::string::npos)
    return {};
  begin = head.find(": ", begin) + 2;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

http_connection::http_connection(std::uint16_t port)
    : socket_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &answer_patience, sizeof answer_patience);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &answer_patience, sizeof answer_patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

http_connection::~http_connection() {
  close(socket_);
}

http_reply http_connection::call(const std::string& method, const std::string& path,
                                 const std::string& body) {
  if (!connected_)
    throw std::runtime_error("nobody listens");
  auto request = fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, path);
  if (!body.empty())
    request += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
  request += "\r\n" + body;
  for (std::string_view left = request; !left.empty();) {
    auto count = send(socket_, left.data(), left.size(), MSG_NOSIGNAL);
    if (count <= 0)
      throw std::runtime_error("the connection broke");
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  while (input_.find(head_end) == std::string::npos)
    receive();
  http_reply reply;
  reply.head = input_.substr(0, input_.find(head_end));
  input_.erase(0, reply.head.size() + head_end.size());
  reply.status = number_in(std::string_view{reply.head}.substr(reply.head.find(' ') + 1));
  auto length = static_cast<std::size_t>(number_in(reply.header("content-length")));
  while (input_.size() < length)
    receive();
  reply.body = input_.substr(0, length);
  input_.erase(0, length);
  return reply;
}

void http_connection::receive() {
  std::array<char, 65536> piece;
  auto count = recv(socket_, piece.data(), piece.size(), 0);
  if (count == 0)
    throw std::runtime_error("the server closed the connection");
  if (count < 0)
    throw std::system_error{errno, std::generic_category(), "an answer did not come"};
  input_.append(piece.data(), static_cast<std::size_t>(count));
}

} // namespace troupe::bench
