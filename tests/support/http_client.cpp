// SPDX-License-Identifier: Apache-2.0
#include "tests/support/http_client.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <charconv>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

namespace troupe::test {

namespace {

std::size_t number_in(std::string_view text, int base) {
  std::size_t x = 0;
  std::from_chars(text.data(), text.data() + text.size(), x, base);
  return x;
}

std::string small_letters(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char x) { return static_cast<char>(std::tolower(x)); });
  return text;
}

} // namespace

bool http_client::connect() {
  if (socket_ >= 0)
    return true;
  input_.clear();
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  timeval limit{};
  limit.tv_sec = timeout_.count() / 1000;
  limit.tv_usec = timeout_.count() % 1000 * 1000;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
    return true;
  close();
  return false;
}

void http_client::close() {
  if (socket_ >= 0)
    ::close(std::exchange(socket_, -1));
}

bool http_client::fill() {
  std::array<char, 4096> piece{};
  const auto count = ::recv(socket_, piece.data(), piece.size(), 0);
  if (count <= 0)
    return false;
  input_.append(piece.data(), static_cast<std::size_t>(count));
  return true;
}

std::optional<std::string> http_client::take_line() {
  auto end = input_.find("\r\n");
  while (end == std::string::npos) {
    if (!fill())
      return std::nullopt;
    end = input_.find("\r\n");
  }
  auto line = input_.substr(0, end);
  input_.erase(0, end + 2);
  return line;
}

std::optional<std::string> http_client::take(std::size_t bytes) {
  while (input_.size() < bytes)
    if (!fill())
      return std::nullopt;
  auto text = input_.substr(0, bytes);
  input_.erase(0, bytes);
  return text;
}

std::optional<std::string> http_client::take_chunks() {
  std::string body;
  while (true) {
    const auto size = take_line();
    if (!size)
      return std::nullopt;
    const auto count = number_in(*size, 16);
    const auto chunk = take(count + 2); // with its line end
    if (!chunk)
      return std::nullopt;
    if (count == 0)
      return body;
    body.append(*chunk, 0, count);
  }
}

std::optional<http_answer> http_client::send(const std::string& method, const std::string& path,
                                             const std::string& body,
                                             const std::vector<std::string>& headers) {
  if (!connect())
    return std::nullopt;
  auto text = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n";
  for (const auto& header : headers)
    text += header + "\r\n";
  if (!body.empty())
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text += "\r\n" + body;
  http_answer answer;
  const auto fail = [this] {
    close();
    return std::nullopt;
  };
  if (::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
    return fail();
  const auto first = take_line();
  if (!first || first->size() < 12)
    return fail();
  answer.status = static_cast<int>(number_in(first->substr(9, 3), 10));
  for (auto line = take_line();; line = take_line()) {
    if (!line)
      return fail();
    if (line->empty())
      break;
    const auto colon = std::min(line->find(": "), line->size() - 1);
    answer.headers[small_letters(line->substr(0, colon))] = line->substr(colon + 2);
  }
  const bool bodiless = method == "HEAD" || answer.status == 204 || answer.status == 304;
  std::optional<std::string> content{std::in_place};
  if (!bodiless)
    content = answer.headers["transfer-encoding"] == "chunked"
                ? take_chunks()
                : take(number_in(answer.headers["content-length"], 10));
  if (!content)
    return fail();
  answer.body = std::move(*content);
  if (answer.headers["connection"] == "close")
    close();
  return answer;
}

} // namespace troupe::test
