// SPDX-License-Identifier: Apache-2.0
#include "gateway/http_server.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <fstream>
#include <spdlog/spdlog.h>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>

#include "gateway/http_connection.hpp"

namespace troupe {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// A handshake of TLS that takes longer is ended.
constexpr milliseconds handshake_time{5000};

// How long a caller is listened to after its last answer.
constexpr milliseconds leaving_time{2000};

using ssl_context_ptr = std::shared_ptr<asio::ssl::context>;

struct tls_file_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What the system or OpenSSL said, without the places in code that `what()` names too.
std::string cause_of(const std::exception& problem) {
  const auto* told = dynamic_cast<const boost::system::system_error*>(&problem);
  return told == nullptr ? problem.what() : told->code().message();
}

void load_files(asio::ssl::context& context, const http_tls_files& files) {
  const auto load = [](const std::string& file, auto use) {
    try {
      if (!std::ifstream{file}.good())
        throw std::runtime_error{"cannot be read"};
      use();
    } catch (const std::exception& e) {
      throw tls_file_error{"TLS file '" + file + "': " + cause_of(e)};
    }
  };
  load(files.certificate, [&] { context.use_certificate_chain_file(files.certificate); });
  // Fits to the certificate, or is refused.
  load(files.key, [&] { context.use_private_key_file(files.key, asio::ssl::context::pem); });
}

ssl_context_ptr make_ssl_context(const http_tls_files& files) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2
                       | asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1
                       | asio::ssl::context::no_tlsv1_1);
  load_files(*context, files);
  return context;
}

// Until the next try, when there was e.g. no file descriptor for a connection.
constexpr std::chrono::milliseconds accept_pause{100};

// File descriptors for everything else in the process.
constexpr rlim_t other_files = 256;

/// How many connections there may be: raises the process' limit of open files for them as far as
/// it may.
std::size_t connections_within(std::size_t wanted) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0)
    return wanted;
  const auto needed = std::min<rlim_t>(wanted + other_files, files.rlim_max);
  if (files.rlim_cur < needed) {
    files.rlim_cur = needed;
    if (::setrlimit(RLIMIT_NOFILE, &files) != 0)
      ::getrlimit(RLIMIT_NOFILE, &files);
  }
  const auto possible = files.rlim_cur - std::min(files.rlim_cur / 2, other_files);
  if (possible >= wanted)
    return wanted;
  spdlog::warn("HTTP: at most {} connections instead of {}: this process may open {} files; raise "
               "the limit (ulimit -Hn, or LimitNOFILE= of systemd)",
               possible, wanted, files.rlim_cur);
  return possible;
}

/// Where to listen. Blocks while a name is looked up.
asio::ip::tcp::endpoint endpoint_of(asio::io_context& context, const http_server_options& options) {
  error_code is_name;
  // What this name stands for depends on the machine, and may be ::1.
  const auto address
    = asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, is_name);
  if (!is_name)
    return {address, options.port};
  asio::ip::tcp::resolver resolver{context};
  return *resolver.resolve(options.host, std::to_string(options.port)).begin();
}

/// What connections of both transports say and hear.
template <class Socket>
class served_connection : public http_connection {
public:
  served_connection(http_core_ptr core, std::string peer, int handle, Socket socket)
      : http_connection{std::move(core), std::move(peer), handle},
        socket_{std::move(socket)} {}

protected:
  using http_connection::begin_requests;
  using http_connection::close;
  using http_connection::note;

  std::shared_ptr<served_connection> self() {
    return std::static_pointer_cast<served_connection>(shared_from_this());
  }

  void start_reading(asio::mutable_buffer into) override {
    socket_.async_read_some(into, [x = self()](const error_code& failed, std::size_t bytes) {
      x->has_read(failed, bytes);
    });
  }

  void start_writing(const std::vector<asio::const_buffer>& from) override {
    asio::async_write(socket_, from, [x = self()](const error_code& failed, std::size_t) {
      x->has_written(failed);
    });
  }

  void say_end() override {
    error_code ignored;
    socket_.lowest_layer().shutdown(tcp::socket::shutdown_send, ignored);
  }

  void close_socket() override {
    error_code ignored;
    socket_.lowest_layer().shutdown(tcp::socket::shutdown_both, ignored);
    socket_.lowest_layer().close(ignored);
  }

  Socket socket_;
};

class plain_connection final : public served_connection<tcp::socket> {
public:
  using served_connection::served_connection;

  void start() override { begin_requests(); }
};

class secure_connection final : public served_connection<asio::ssl::stream<tcp::socket>> {
public:
  secure_connection(http_core_ptr core, std::string peer, int handle, tcp::socket socket,
                    ssl_context_ptr context)
      : served_connection{std::move(core), std::move(peer), handle,
                          asio::ssl::stream<tcp::socket>{std::move(socket), *context}},
        context_{std::move(context)} {}

  void start() override {
    socket_.async_handshake(asio::ssl::stream_base::server,
                            [this, x = self()](const error_code& failed) {
                              if (failed && failed != asio::error::operation_aborted)
                                note(http_refusal::handshake);
                              if (failed)
                                close();
                              else
                                begin_requests();
                            });
  }

private:
  ssl_context_ptr context_;
};

// Without the general formatting of addresses, which costs more than it need.
std::string text_of(const asio::ip::address& x) {
  if (!x.is_v4())
    return x.to_string();
  const auto bytes = x.to_v4().to_bytes();
  return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
}

/// What seats are counted by: of IPv6 the network, of which one caller may have all addresses.
std::string seat_address(const asio::ip::address& x) {
  if (x.is_v4())
    return text_of(x);
  const auto bytes = x.to_v6().to_bytes();
  return {bytes.begin(), bytes.begin() + 8};
}

roster_options roster_of(const http_server_options& x) {
  roster_options seats;
  seats.seats = connections_within(x.connections_max);
  seats.seats_of_address = x.connections_per_address_max > 0
                             ? x.connections_per_address_max
                             : std::max<std::size_t>(seats.seats * 4 / 5, 1);
  const auto time = [&seats](connection_phase phase) -> milliseconds& {
    return seats.times[static_cast<std::size_t>(phase)];
  };
  using enum connection_phase;
  time(handshake) = std::min(handshake_time, x.read_timeout);
  time(silent) = time(idle) = time(body) = x.read_timeout;
  time(waiting) = x.handle_timeout;
  time(answering) = x.write_timeout;
  time(leaving) = leaving_time;
  return seats;
}

class running_server final : public http_server {
public:
  running_server(const http_server_options& options, http_handler handler,
                 std::function<bool()> between)
      : options_{options},
        between_{std::move(between)},
        core_{std::make_shared<http_core>(options, std::move(handler), roster_of(options))} {
    if (is_secure())
      current_ = make_ssl_context(options_.tls);
    core_->freed = [this] {
      if (std::exchange(paused_, false))
        accept_next();
    };
    const auto shortest = std::min(
      {options_.read_timeout, options_.write_timeout, options_.handle_timeout, milliseconds{4000}});
    tick_ = std::max(shortest / 8, milliseconds{5});
    listen();
    wait_for_tick();
    thread_ = std::thread{[this] { run(); }};
  }

  ~running_server() override {
    asio::post(context_, [this] {
      close_acceptor();
      context_.stop();
    });
    thread_.join();
    core_->end();
  }

  std::uint16_t port() const override { return port_; }

  void stop_listening() override {
    if (is_own_thread())
      close_acceptor();
    else
      asio::post(context_, [this] { close_acceptor(); });
  }

  bool is_own_thread() const override { return core_->is_own_thread(); }

  result<void> reload_tls() override {
    if (!is_secure())
      return {};
    try {
      asio::post(context_, [this, fresh = make_ssl_context(options_.tls)] { current_ = fresh; });
    } catch (const std::exception& e) {
      return failure(errc::invalid_argument, e.what());
    }
    return {};
  }

  std::uint64_t refused(http_refusal x) const override { return core_->refused.of(x); }

private:
  bool is_secure() const { return !options_.tls.certificate.empty(); }

  // Everything that is ready is read before anything is answered: what comes together can be asked
  // for together.
  void run() {
    core_->own_thread = std::this_thread::get_id();
    while (!context_.stopped())
      if (const auto handled = context_.poll(); !between_() && handled == 0)
        context_.run_one();
    while (between_()) {
    }
  }

  void listen() {
    const auto endpoint = endpoint_of(context_, options_);
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen();
    port_ = acceptor_.local_endpoint().port();
    accept_next();
  }

  /// One timer for all that may take too long.
  void wait_for_tick() {
    timer_.expires_after(tick_);
    timer_.async_wait([this](const error_code& cancelled) {
      if (cancelled)
        return;
      for (const auto& x : core_->roster.late(std::chrono::steady_clock::now()))
        x->end_now();
      wait_for_tick();
    });
  }

  void accept_next() {
    if (!acceptor_.is_open())
      return;
    // Those who come now wait in the listening socket's queue.
    if (core_->roster.is_full()) {
      paused_ = true;
      return;
    }
    acceptor_.async_accept(context_, [this](const error_code& failed, tcp::socket socket) {
      if (failed == asio::error::operation_aborted)
        return;
      if (failed)
        return accept_later(failed);
      failing_ = false;
      admit(std::move(socket));
      accept_next();
    });
  }

  void accept_later(const error_code& why) {
    if (!std::exchange(failing_, true))
      spdlog::error("HTTP: cannot take a connection now: {}", why.message());
    pause_.expires_after(accept_pause);
    pause_.async_wait([this](const error_code& cancelled) {
      if (!cancelled)
        accept_next();
    });
  }

  void admit(tcp::socket socket) {
    error_code gone;
    const auto peer = socket.remote_endpoint(gone);
    if (gone)
      return;
    try {
      socket.set_option(tcp::no_delay{true});
      const auto handle = socket.native_handle();
      auto address = text_of(peer.address());
      http_connection_ptr x;
      if (is_secure())
        x = std::make_shared<secure_connection>(core_, std::move(address), handle,
                                                std::move(socket), current_);
      else
        x = std::make_shared<plain_connection>(core_, std::move(address), handle,
                                               std::move(socket));
      const auto phase = is_secure() ? connection_phase::handshake : connection_phase::silent;
      if (const auto late = core_->roster.add(x, seat_address(peer.address()), phase,
                                              std::chrono::steady_clock::now()))
        late->end_now();
      x->start();
    } catch (const std::exception& e) {
      spdlog::warn("HTTP: drops a connection: {}", cause_of(e));
    }
  }

  void close_acceptor() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

  http_server_options options_;
  std::function<bool()> between_;
  std::atomic<std::uint16_t> port_ = 0;
  ssl_context_ptr current_; // that new sessions take their certificate from
  http_core_ptr core_;
  asio::io_context& context_ = core_->context;
  tcp::acceptor acceptor_{context_};
  asio::steady_timer pause_{context_};
  asio::steady_timer timer_{context_};
  milliseconds tick_{500};
  // All seats may be held by exchanges whose connections have ended; its thread waits for those.
  asio::executor_work_guard<asio::io_context::executor_type> lasting_{context_.get_executor()};
  bool paused_ = false;  // nobody more is taken until a connection ends
  bool failing_ = false; // and the log says so; until a connection is taken
  std::thread thread_;
};

} // namespace

result<std::unique_ptr<http_server>> http_server::start(http_server_options options,
                                                        http_handler handler,
                                                        std::function<bool()> between) {
  try {
    return std::make_unique<running_server>(options, std::move(handler), std::move(between));
  } catch (const tls_file_error& e) {
    return failure(errc::invalid_argument, std::string{"cannot serve HTTPS: "} + e.what());
  } catch (const std::exception& e) {
    const auto text = "cannot serve HTTP on " + options.host + ":" + std::to_string(options.port)
                      + ": " + cause_of(e);
    return failure(errc::invalid_argument, text + "; is another program listening there?");
  }
}

} // namespace troupe
