// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <poll.h>
#include <shared_mutex>
#include <thread>
#include <utility>

#include "gateway/connection_roster.hpp"
#include "gateway/http_refusal.hpp"
#include "gateway/http_server.hpp"
#include "gateway/request_reader.hpp"

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

/// Bounds the bytes of all bodies that are held at once. Any thread.
class body_budget {
public:
  explicit body_budget(std::size_t max) : max_{max} {}

  bool take(std::size_t bytes) {
    auto taken = taken_.load();
    do
      if (bytes > max_ - taken)
        return false;
    while (!taken_.compare_exchange_weak(taken, taken + bytes));
    return true;
  }

  void give_back(std::size_t bytes) { taken_ -= bytes; }

private:
  const std::size_t max_;
  std::atomic<std::size_t> taken_ = 0;
};

/// Outlives its server as long as there are exchanges or connections: they may be dropped anywhere.
class http_core : public std::enable_shared_from_this<http_core> {
public:
  http_core(const http_server_options& settings, http_handler handler, const roster_options& seats)
      : options{settings},
        limits{settings.body_bytes_max, settings.url_bytes_max, settings.header_bytes_max,
               settings.headers_max},
        take{std::move(handler)},
        bodies{settings.bodies_bytes_max},
        roster{seats} {}

  bool is_own_thread() const { return std::this_thread::get_id() == own_thread.load(); }

  /// Does it on the server's thread: now, or soon if this is another one. Not when the server has
  /// ended: nobody would take it.
  template <class Action>
  void on_own_thread(Action action) {
    if (is_own_thread())
      return action();
    std::shared_lock guard{ending_};
    if (!over_)
      boost::asio::post(context, std::move(action));
  }

  bool is_over() const {
    std::shared_lock guard{ending_};
    return over_;
  }

  /// Closes what is open. When the server's thread has ended.
  void end() {
    {
      std::unique_lock guard{ending_};
      over_ = true;
    }
    freed = nullptr;
    for (const auto& x : roster.all())
      x->end_now();
    // What waited for these sockets ends now, and lets go of them.
    context.restart();
    while (context.poll() > 0) {
    }
    take = nullptr;
  }

  const http_server_options options;
  const request_limits limits;
  boost::asio::io_context context{1};
  std::atomic<std::thread::id> own_thread;
  http_handler take;
  refusal_counts refused;
  body_budget bodies;
  connection_roster roster;    ///< only on the server's thread
  std::function<void()> freed; ///< called when a connection has ended; only on the server's thread

private:
  mutable std::shared_mutex ending_;
  bool over_ = false;
};

using http_core_ptr = std::shared_ptr<http_core>;

} // namespace troupe
