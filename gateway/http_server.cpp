// SPDX-License-Identifier: Apache-2.0
#include "gateway/http_server.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <restinio/all.hpp>
#include <restinio/tls.hpp>
#include <spdlog/spdlog.h>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>
#include <type_traits>

#include "gateway/restinio_exchange.hpp"
#include "gateway/served_socket.hpp"

namespace troupe {

namespace {

namespace asio = restinio::asio_ns;

// One thread serves all connections, so nothing of RESTinio's needs a lock or a strand.
template <class Socket>
using server_traits = restinio::traits_t<
  restinio::asio_timer_manager_t, complaint_reader,
  std::function<restinio::request_handling_status_t(restinio::request_handle_t)>,
  restinio::noop_strand_t, Socket>;

using plain_traits = server_traits<plain_socket>;
using secure_traits = server_traits<secure_socket>;

using ssl_context_ptr = std::shared_ptr<asio::ssl::context>;

struct tls_file_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void load_files(asio::ssl::context& context, const http_tls_files& files) {
  const auto load = [](const std::string& file, auto use) {
    try {
      if (!std::ifstream{file}.good())
        throw std::runtime_error{"cannot be read"};
      use();
    } catch (const std::exception& e) {
      throw tls_file_error{"TLS file '" + file + "': " + e.what()};
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
  asio::error_code is_name;
  // What this name stands for depends on the machine, and may be ::1.
  const auto address
    = asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, is_name);
  if (!is_name)
    return {address, options.port};
  asio::ip::tcp::resolver resolver{context};
  return *resolver.resolve(options.host, std::to_string(options.port)).begin();
}

/// RESTinio's connections behind an acceptor of our own: its own one stops for good at the first
/// error, e.g. when no file descriptor is left, and loses seats to callers that vanish early.
template <class Traits>
class running_server final : public http_server {
public:
  running_server(const http_server_options& options, http_handler handler,
                 std::function<bool()> between)
      : options_{options},
        between_{std::move(between)},
        core_{std::make_shared<http_core>(connections_within(options.connections_max))} {
    prepare_connections(std::move(handler));
    listen();
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

  bool is_own_thread() const override { return std::this_thread::get_id() == own_thread_; }

  result<void> reload_tls() override {
    if constexpr (is_secure) {
      try {
        asio::post(context_, [this, fresh = make_ssl_context(options_.tls)] { current_ = fresh; });
      } catch (const std::exception& e) {
        return failure(errc::invalid_argument, e.what());
      }
    }
    return {};
  }

  std::uint64_t refused(http_refusal x) const override { return core_->refused.of(x); }

private:
  using stream_socket = typename Traits::stream_socket_t;
  // Of RESTinio's limit, which is off: seats bound the connections.
  using unlimited = typename restinio::connection_count_limit_types<Traits>::lifetime_monitor_t;

  static constexpr bool is_secure = std::is_same_v<Traits, secure_traits>;

  // Everything that is ready is read before anything is answered: what comes together can be asked
  // for together.
  void run() {
    own_thread_ = std::this_thread::get_id();
    while (!context_.stopped())
      if (const auto handled = context_.poll(); !between_() && handled == 0)
        context_.run_one();
    while (between_()) {
    }
  }

  restinio::server_settings_t<Traits> settings_of(http_handler handler) {
    restinio::server_settings_t<Traits> x;
    x.read_next_http_message_timelimit(options_.read_timeout)
      .write_http_response_timelimit(options_.write_timeout)
      .handle_request_timeout(options_.handle_timeout)
      .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t{}
                                  .max_url_size(options_.url_bytes_max)
                                  .max_field_name_size(options_.header_bytes_max)
                                  .max_field_value_size(options_.header_bytes_max)
                                  .max_field_count(options_.headers_max)
                                  .max_body_size(options_.body_bytes_max))
      .logger(core_)
      .socket_options_setter(
        [](auto& sockets) { sockets.set_option(asio::ip::tcp::no_delay{true}); })
      .request_handler(
        [handler = std::move(handler), core = core_.get()](restinio::request_handle_t request) {
          if (auto made = make_exchange(std::move(request), core->shared_from_this()))
            handler(std::move(made));
          return restinio::request_accepted();
        });
    return x;
  }

  void prepare_connections(http_handler handler) {
    if constexpr (is_secure)
      current_ = make_ssl_context(options_.tls);
    auto settings = settings_of(std::move(handler));
    auto timers = settings.timer_factory()->create(context_);
    auto options = settings.socket_options_setter();
    connections_ = std::make_unique<restinio::impl::connection_factory_t<Traits>>(
      std::make_shared<restinio::impl::connection_settings_t<Traits>>(
        std::move(settings),
        restinio::impl::create_parser_settings<typename Traits::http_methods_mapper_t>(),
        std::move(timers)),
      std::move(options));
  }

  void listen() {
    const auto endpoint = endpoint_of(context_, options_);
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(asio::ip::tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen();
    port_ = acceptor_.local_endpoint().port();
    accept_next();
  }

  void accept_next() {
    if (!acceptor_.is_open())
      return;
    // Those who come while there is no seat wait in the listening socket's queue.
    if (!core_->seats.take([this] { asio::post(context_, [this] { accept_next(); }); })) {
      if (!std::exchange(full_, true))
        spdlog::warn("HTTP: {} connections are open; more wait", core_->seats.max());
      return;
    }
    full_ = full_ && !core_->seats.are_plenty();
    acceptor_.async_accept(
      context_, [this, seat = connection_seat{core_}](const asio::error_code& failed,
                                                      asio::ip::tcp::socket socket) mutable {
        if (failed == asio::error::operation_aborted)
          return;
        if (failed)
          return accept_later(failed);
        failing_ = false;
        admit(std::move(seat), std::move(socket));
        accept_next();
      });
  }

  void accept_later(const asio::error_code& why) {
    if (!std::exchange(failing_, true))
      spdlog::error("HTTP: cannot take a connection now: {}", why.message());
    pause_.expires_after(accept_pause);
    pause_.async_wait([this](const asio::error_code& cancelled) {
      if (!cancelled)
        accept_next();
    });
  }

  void admit(connection_seat seat, asio::ip::tcp::socket socket) {
    asio::error_code gone;
    const auto peer = socket.remote_endpoint(gone);
    if (gone)
      return;
    try {
      if constexpr (is_secure) {
        restinio::impl::tls_socket_t session{context_, current_};
        session.lowest_layer() = std::move(socket);
        begin(stream_socket{core_, std::move(seat), std::move(session)}, peer);
      } else {
        begin(stream_socket{core_, std::move(seat), std::move(socket)}, peer);
      }
    } catch (const std::exception& e) {
      spdlog::warn("HTTP: drops a connection: {}", e.what());
    }
  }

  void begin(stream_socket socket, const asio::ip::tcp::endpoint& peer) {
    connections_->create_new_connection(std::move(socket), peer, unlimited{nullptr})->init();
  }

  void close_acceptor() {
    asio::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel(ignored);
  }

  http_server_options options_;
  std::function<bool()> between_;
  std::atomic<std::thread::id> own_thread_;
  std::atomic<std::uint16_t> port_ = 0;
  ssl_context_ptr current_; // that new sessions take their certificate from
  http_core_ptr core_;
  asio::io_context& context_ = core_->context;
  asio::ip::tcp::acceptor acceptor_{context_};
  asio::steady_timer pause_{context_};
  // All seats may be held by exchanges whose connections have ended; its thread waits for those.
  asio::executor_work_guard<asio::io_context::executor_type> lasting_{context_.get_executor()};
  bool full_ = false;    // and the log says so; until there is room again
  bool failing_ = false; // and the log says so; until a connection is taken
  std::unique_ptr<restinio::impl::connection_factory_t<Traits>> connections_;
  std::thread thread_;
};

} // namespace

result<std::unique_ptr<http_server>> http_server::start(http_server_options options,
                                                        http_handler handler,
                                                        std::function<bool()> between) {
  try {
    if (options.tls.certificate.empty())
      return std::make_unique<running_server<plain_traits>>(options, std::move(handler),
                                                            std::move(between));
    return std::make_unique<running_server<secure_traits>>(options, std::move(handler),
                                                           std::move(between));
  } catch (const tls_file_error& e) {
    return failure(errc::invalid_argument, std::string{"cannot serve HTTPS: "} + e.what());
  } catch (const std::exception& e) {
    return failure(errc::invalid_argument, "cannot serve HTTP on " + options.host + ":"
                                             + std::to_string(options.port) + ": " + e.what()
                                             + "; is another program listening there?");
  }
}

} // namespace troupe
