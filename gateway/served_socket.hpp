// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <restinio/all.hpp>
#include <restinio/tls.hpp>
#include <spdlog/spdlog.h>

#include "gateway/http_core.hpp"
#include "gateway/reason_phrase.hpp"

/// The sockets of an HTTP server, and what RESTinio does not do with them: tell whether a caller is
/// still there, answer a request that its parser refused, and bound the handshake of TLS.
namespace troupe {

/// A socket needs its context to the end.
class http_core_holder {
protected:
  explicit http_core_holder(http_core_ptr x) : core_{std::move(x)} {}

  const http_core_ptr& core() const noexcept { return core_; }

private:
  http_core_ptr core_;
};

/// Gives its seat back.
class connection_seat {
public:
  /// Of one that was taken.
  explicit connection_seat(http_core_ptr x) : core_{std::move(x)} {}
  connection_seat(connection_seat&&) noexcept = default;
  connection_seat& operator=(connection_seat&&) = delete;

  ~connection_seat() {
    if (core_)
      core_->seats.give_back();
  }

private:
  http_core_ptr core_; // null: moved from
};

/// The last words to a caller whose request was refused. Reads what it still sends for a while:
/// otherwise its system would throw the answer away.
template <class Base>
class farewell final : http_core_holder,
                       closable,
                       public std::enable_shared_from_this<farewell<Base>> {
public:
  farewell(http_core_ptr server, connection_seat seat, Base socket, std::string answer)
      : http_core_holder{std::move(server)},
        seat_{std::move(seat)},
        socket_{std::move(socket)},
        timer_{core()->context},
        answer_{std::move(answer)} {
    core()->add(*this);
  }

  ~farewell() { core()->remove(*this); }

  void start() {
    auto self = this->shared_from_this();
    timer_.expires_after(time_);
    timer_.async_wait([self](const error_code& cancelled) {
      if (!cancelled)
        self->close_now();
    });
    restinio::asio_ns::async_write(
      socket_, restinio::asio_ns::buffer(answer_), [self](const error_code& failed, std::size_t) {
        if (failed)
          return self->close_now();
        error_code ignored;
        self->socket_.lowest_layer().shutdown(tcp::socket::shutdown_send, ignored);
        self->read_on();
      });
  }

private:
  using tcp = restinio::asio_ns::ip::tcp;
  using error_code = restinio::asio_ns::error_code;

  void read_on() {
    socket_.async_read_some(
      restinio::asio_ns::buffer(unread_),
      [self = this->shared_from_this()](const error_code& failed, std::size_t bytes) {
        if (failed || bytes > self->bytes_left_)
          return self->close_now();
        self->bytes_left_ -= bytes;
        self->read_on();
      });
  }

  void close_now() override {
    error_code ignored;
    timer_.cancel(ignored);
    socket_.lowest_layer().close(ignored);
  }

  static constexpr std::chrono::seconds time_{2};

  connection_seat seat_;
  Base socket_;
  restinio::asio_ns::steady_timer timer_;
  std::string answer_;
  std::array<char, 4096> unread_{};
  std::size_t bytes_left_ = 64 * 1024 * 1024;
};

/// `Base`: the socket of TCP or TLS that RESTinio would use.
template <class Base>
class served_socket final : http_core_holder, public Base, closable {
public:
  /// Of a caller that was accepted.
  served_socket(http_core_ptr server, connection_seat seat, Base socket)
      : http_core_holder{std::move(server)},
        Base{std::move(socket)},
        seat_{std::move(seat)},
        caller_{std::make_shared<caller_presence>(this->lowest_layer().native_handle())} {}

  served_socket(served_socket&& x)
      : http_core_holder{x},
        Base{std::move(static_cast<Base&>(x))},
        seat_{std::move(x.seat_)},
        caller_{std::move(x.caller_)} {}

  served_socket& operator=(served_socket&&) = delete;

  ~served_socket() {
    if (!caller_)
      return;
    caller_->leave();
    if (begun_)
      core()->remove(*this);
  }

  /// The connection has its place in memory.
  void begin(std::uint64_t connection) {
    begun_ = true;
    connection_ = connection;
    core()->add(*this);
    core()->callers.emplace(connection, caller_);
  }

  bool is_open() const { return !closed_ && Base::is_open(); }

  /// Left to `close`, which may still have something to say.
  template <class... Arguments>
  void shutdown(Arguments&&...) {}

  void close() {
    const auto refusal = std::exchange(core()->refusal, std::nullopt);
    if (refusal)
      note(*refusal);
    if (std::exchange(closed_, true))
      return;
    caller_->leave();
    core()->remove(*this);
    core()->callers.erase(connection_);
    if (refusal && *refusal != http_refusal::handshake)
      std::make_shared<farewell<Base>>(core(), std::move(seat_),
                                       std::move(static_cast<Base&>(*this)), answer_to(*refusal))
        ->start();
    else
      end();
  }

private:
  void close_now() override {
    caller_->leave();
    end();
  }

  void end() {
    restinio::asio_ns::error_code ignored;
    Base::shutdown(restinio::asio_ns::ip::tcp::socket::shutdown_both, ignored);
    Base::close(ignored);
  }

  void note(http_refusal x) {
    core()->refused.add(x);
    if (closed_ || !spdlog::should_log(spdlog::level::debug))
      return;
    restinio::asio_ns::error_code ignored;
    const auto peer = this->lowest_layer().remote_endpoint(ignored);
    spdlog::debug("refuses a request of {} before it is read: {}", peer.address().to_string(),
                  to_string(x));
  }

  static std::string answer_to(http_refusal x) {
    const auto answer = refusal_response(x);
    std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " ";
    text += reason_phrase(answer.status);
    text += "\r\nConnection: close\r\nContent-Length: " + std::to_string(answer.body.size())
            + "\r\nDate: " + restinio::make_date_field_value(std::chrono::system_clock::now());
    for (const auto& [name, value] : answer.headers)
      text += "\r\n" + name + ": " + value;
    return text + "\r\n\r\n" + answer.body;
  }

  connection_seat seat_;
  std::shared_ptr<caller_presence> caller_; // null: moved from
  std::uint64_t connection_ = 0;
  bool begun_ = false;
  bool closed_ = false;
};

using plain_socket = served_socket<restinio::asio_ns::ip::tcp::socket>;
using secure_socket = served_socket<restinio::impl::tls_socket_t>;

/// RESTinio finds these by the types of their arguments, and has less special ones of its own.
template <class Connection, class Start, class Fail>
void prepare_connection_and_start_read(plain_socket& socket, Connection& connection, Start start,
                                       Fail) {
  socket.begin(connection.connection_id());
  start();
}

template <class Connection, class Start, class Fail>
void prepare_connection_and_start_read(secure_socket& socket, Connection& connection, Start start,
                                       Fail fail) {
  namespace asio = restinio::asio_ns;
  // RESTinio has no deadline for the handshake.
  constexpr std::chrono::seconds time{5};
  socket.begin(connection.connection_id());
  auto deadline = std::make_shared<asio::steady_timer>(socket.get_executor(), time);
  auto self = connection.shared_from_this();
  deadline->async_wait([&socket, self](const asio::error_code& cancelled) {
    if (!cancelled)
      socket.close();
  });
  socket.async_handshake(asio::ssl::stream_base::server,
                         [start, fail, self, deadline](const asio::error_code& failure) {
                           deadline->cancel();
                           if (failure)
                             fail(failure);
                           else
                             start();
                         });
}

/// Hears RESTinio's complaints, which is the only way to learn why it closes a connection.
class complaint_reader {
public:
  explicit complaint_reader(http_core_ptr x) : core_{std::move(x)} {}

  template <class Text>
  void trace(Text&&) const noexcept {}
  template <class Text>
  void info(Text&&) const noexcept {}
  template <class Text>
  void warn(Text&&) const noexcept {}

  template <class Text>
  void error(Text&& text) const {
    const std::string complaint = text();
    core_->refusal = refusal_in(complaint);
    spdlog::trace("RESTinio: {}", complaint);
  }

private:
  http_core_ptr core_;
};

} // namespace troupe
