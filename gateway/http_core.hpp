// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <poll.h>
#include <restinio/asio_include.hpp>
#include <set>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "gateway/http_refusal.hpp"

/// What the parts of one HTTP server share.
namespace troupe {

/// Whether the caller at the other end of a connection is still there. Any thread.
class caller_presence {
public:
  /// The socket stays its owner's, who calls `leave` before it closes it.
  explicit caller_presence(int socket) : socket_{socket} {}

  /// A caller that has ended its side of the connection counts as gone: it will read an answer only
  /// if it is no ordinary client.
  bool is_gone() const {
    std::lock_guard guard{mutex_};
    pollfd x{socket_, POLLRDHUP, 0};
    return socket_ < 0 || ::poll(&x, 1, 0) != 0;
  }

  void leave() {
    std::lock_guard guard{mutex_};
    socket_ = -1;
  }

private:
  mutable std::mutex mutex_;
  int socket_; // -1: closed
};

/// Has a socket that ends with its server.
class closable {
public:
  virtual void close_now() = 0;

protected:
  ~closable() = default;
};

/// Bounds the connections of a server. Any thread.
class connection_seats {
public:
  explicit connection_seats(std::size_t max) : max_{max}, free_{max} {}

  std::size_t max() const noexcept { return max_; }

  /// At least a tenth of them is free.
  bool are_plenty() const {
    std::lock_guard guard{mutex_};
    return free_ > max_ / 10;
  }

  /// False: none is free; then `freed` is called once, by whoever gives one back.
  bool take(std::function<void()> freed) {
    std::lock_guard guard{mutex_};
    if (free_ == 0) {
      freed_ = std::move(freed);
      return false;
    }
    --free_;
    return true;
  }

  void give_back() {
    std::lock_guard guard{mutex_};
    ++free_;
    if (auto freed = std::exchange(freed_, nullptr))
      freed();
  }

  /// Nobody waits for one any more.
  void close() {
    std::lock_guard guard{mutex_};
    freed_ = nullptr;
  }

private:
  const std::size_t max_;
  mutable std::mutex mutex_;
  std::size_t free_;
  std::function<void()> freed_;
};

/// Outlives its server as long as there are exchanges or sockets: they may be dropped anywhere.
class http_core : public std::enable_shared_from_this<http_core> {
public:
  explicit http_core(std::size_t connections_max) : seats{connections_max} {}

  /// To be held while something is given to the context. Not set: the server has ended, and nobody
  /// would take it.
  std::optional<std::shared_lock<std::shared_mutex>> enter() {
    std::shared_lock guard{ending_};
    if (over_)
      return std::nullopt;
    return std::optional{std::move(guard)};
  }

  /// Takes part in the end of the server until it is removed.
  void add(closable& x) {
    std::lock_guard guard{mutex_};
    open_.insert(&x);
  }

  void remove(closable& x) {
    std::lock_guard guard{mutex_};
    open_.erase(&x);
  }

  /// Closes what is open. When the server's thread has ended.
  void end() {
    {
      std::unique_lock guard{ending_};
      over_ = true;
    }
    seats.close();
    {
      std::lock_guard guard{mutex_};
      for (auto* x : open_)
        x->close_now();
    }
    // What waited for these sockets ends now, and lets go of them.
    context.restart();
    while (context.poll() > 0) {
    }
  }

  restinio::asio_ns::io_context context{1};
  connection_seats seats;
  refusal_counts refused;
  /// Of the connection that RESTinio is just about to close. Only on the server's thread.
  std::optional<http_refusal> refusal;
  /// By their connections' ids. Only on the server's thread.
  std::unordered_map<std::uint64_t, std::shared_ptr<caller_presence>> callers;

private:
  std::shared_mutex ending_;
  bool over_ = false;
  std::mutex mutex_;
  std::set<closable*> open_;
};

using http_core_ptr = std::shared_ptr<http_core>;

} // namespace troupe
