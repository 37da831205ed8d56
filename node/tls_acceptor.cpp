// SPDX-License-Identifier: Apache-2.0
#include "node/tls_acceptor.hpp"

#include <algorithm>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace troupe {

namespace {

using clock = std::chrono::steady_clock;

// After the kernel had no descriptor or memory left for one more.
constexpr milliseconds pause{100};

void send_small_packets(const socket_handle& socket) {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

tls_session make_session(const tls_identity& identity, const socket_handle& socket) {
  tls_session session{SSL_new(identity.context().get()), SSL_free};
  SSL_set_fd(session.get(), socket.get());
  return session;
}

/// What a handshake waits for: POLLIN, POLLOUT, or 0 when it has failed.
short wanted_event(const SSL& session, int outcome) {
  switch (SSL_get_error(&session, outcome)) {
  case SSL_ERROR_WANT_READ:
    return POLLIN;
  case SSL_ERROR_WANT_WRITE:
    return POLLOUT;
  default:
    return 0;
  }
}

} // namespace

struct tls_acceptor::pending {
  socket_handle socket;
  tls_session session;
  clock::time_point until;
  short event = POLLIN;
};

tls_acceptor::tls_acceptor(tls_acceptor_options options)
    : options_{std::move(options)},
      port_{local_port(options_.socket)},
      wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      thread_{[this] { run(); }} {}

tls_acceptor::~tls_acceptor() {
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(wake_.get(), &one, sizeof one);
  thread_.join();
}

void tls_acceptor::run() {
  std::vector<pending> waiting;
  for (;;) {
    std::vector<pollfd> polled{{wake_.get(), POLLIN, 0}};
    // With enough under way, further callers stay in the kernel's queue.
    const bool accepts = waiting.size() < options_.pending_max;
    polled.push_back({accepts ? options_.socket.get() : -1, POLLIN, 0});
    auto first = clock::time_point::max();
    for (const auto& x : waiting) {
      polled.push_back({x.socket.get(), x.event, 0});
      first = std::min(first, x.until);
    }
    const auto left = waiting.empty()
                        ? -1
                        : std::max<std::int64_t>(
                          0, std::chrono::ceil<milliseconds>(first - clock::now()).count());
    ::poll(polled.data(), polled.size(), static_cast<int>(left));
    if (polled[0].revents != 0)
      return;
    const auto now = clock::now();
    std::vector<pending> next;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      const bool ready = polled[i + 2].revents != 0;
      if (ready ? go_on(waiting[i]) : waiting[i].until > now)
        next.push_back(std::move(waiting[i]));
    }
    waiting = std::move(next);
    if (polled[1].revents != 0)
      accept_all(waiting);
  }
}

void tls_acceptor::accept_all(std::vector<pending>& waiting) {
  while (waiting.size() < options_.pending_max) {
    socket_handle caller{
      ::accept4(options_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!caller) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        // The caller stays in the queue, and would wake this thread without end.
        wake_.wait_for(POLLIN, clock::now() + pause);
      return;
    }
    send_small_packets(caller);
    auto session = make_session(*options_.identity, caller);
    pending x{std::move(caller), std::move(session), clock::now() + options_.deadline, POLLIN};
    if (go_on(x))
      waiting.push_back(std::move(x));
  }
}

bool tls_acceptor::go_on(pending& x) {
  ERR_clear_error();
  const int outcome = SSL_accept(x.session.get());
  if (outcome != 1) {
    x.event = wanted_event(*x.session, outcome);
    if (x.event == 0)
      spdlog::debug("a caller of the node's port failed the handshake: {}", tls_problem());
    return x.event != 0 && x.until > clock::now();
  }
  if (const auto names = peer_names(*x.session); options_.welcome(names))
    options_.accepted(std::move(x.socket), std::move(x.session));
  else
    spdlog::warn("refused a caller whose certificate is for '{}': no node of this cluster",
                 names.empty() ? "" : names.front());
  return false;
}

result<tls_session> shake_hands(const tls_identity& identity, const socket_handle& socket,
                                const std::string& wanted, socket_handle::deadline until) {
  send_small_packets(socket);
  auto session = make_session(identity, socket);
  for (;;) {
    ERR_clear_error();
    const int outcome = SSL_connect(session.get());
    if (outcome == 1)
      break;
    const auto event = wanted_event(*session, outcome);
    if (event == 0)
      return failure(errc::unavailable, "TLS handshake failed: " + tls_problem());
    if (!socket.wait_for(event, until))
      return failure(errc::unavailable, "TLS handshake: no answer in time");
  }
  const auto names = peer_names(*session);
  if (!wanted.empty() && std::find(names.begin(), names.end(), wanted) == names.end())
    return failure(errc::unavailable, "its certificate is not for '" + wanted + "'");
  return session;
}

} // namespace troupe
