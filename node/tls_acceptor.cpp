// SPDX-License-Identifier: Apache-2.0
#include "node/tls_acceptor.hpp"

#include <algorithm>
#include <array>
#include <netdb.h>
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

std::string address_text(const sockaddr_storage& from, socklen_t size) {
  std::array<char, NI_MAXHOST> text{};
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&from), size, text.data(),
                    static_cast<socklen_t>(text.size()), nullptr, 0, NI_NUMERICHOST)
      != 0)
    return {};
  return text.data();
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
  std::string address;
  clock::time_point since;
  clock::time_point until;
  short event = POLLIN;
  bool silent = true; ///< nothing came from it yet
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
    polled.push_back({options_.socket.get(), POLLIN, 0});
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
      auto& x = waiting[i];
      const bool ready = polled[i + 2].revents != 0;
      if (ready && std::exchange(x.silent, false))
        x.until = x.since + options_.deadline;
      if (ready ? go_on(x) : x.until > now)
        next.push_back(std::move(x));
    }
    waiting = std::move(next);
    if (polled[1].revents != 0)
      accept_all(waiting);
  }
}

/// Drops one, if the newest is one too many.
void tls_acceptor::make_room(std::vector<pending>& waiting, const std::string& address) const {
  const auto of_address = [&](const pending& x) { return x.address == address; };
  const auto of_all = [](const pending&) { return true; };
  const auto drop_from = [&waiting](const auto& is_candidate) {
    // The oldest stand first.
    auto dropped = std::ranges::find_if(
      waiting, [&](const pending& x) { return x.silent && is_candidate(x); });
    if (dropped == waiting.end())
      dropped = std::ranges::find_if(waiting, is_candidate);
    waiting.erase(dropped);
  };
  const auto same = static_cast<std::size_t>(std::ranges::count_if(waiting, of_address));
  if (same >= options_.pending_of_address_max)
    drop_from(of_address);
  else if (waiting.size() >= options_.pending_max)
    drop_from(of_all);
}

void tls_acceptor::accept_all(std::vector<pending>& waiting) {
  // Not without end: those that are under way want their turn, too.
  for (std::size_t i = 0; i < options_.pending_max; ++i) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    socket_handle caller{::accept4(options_.socket.get(), reinterpret_cast<sockaddr*>(&from), &size,
                                   SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!caller) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        // The caller stays in the queue, and would wake this thread without end.
        wake_.wait_for(POLLIN, clock::now() + pause);
      return;
    }
    send_small_packets(caller);
    auto session = make_session(*options_.identity, caller);
    const auto now = clock::now();
    pending x{std::move(caller),
              std::move(session),
              address_text(from, size),
              now,
              now + std::min(options_.first_byte, options_.deadline),
              POLLIN,
              true};
    if (!go_on(x))
      continue;
    make_room(waiting, x.address);
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
  const auto names = peer_names(*x.session);
  if (options_.identity->has_revoked(*x.session))
    spdlog::warn("refused a caller whose certificate, for '{}', is revoked",
                 names.empty() ? "" : names.front());
  else if (options_.welcome(names))
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
  if (identity.has_revoked(*session))
    return failure(errc::unavailable, "its certificate is revoked");
  const auto names = peer_names(*session);
  if (!wanted.empty() && std::find(names.begin(), names.end(), wanted) == names.end())
    return failure(errc::unavailable, "its certificate is not for '" + wanted + "'");
  return session;
}

} // namespace troupe
