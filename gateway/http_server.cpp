#include "gateway/http_server.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <restinio/all.hpp>
#include <restinio/tls.hpp>
#include <spdlog/spdlog.h>
#include <stdexcept>
#include <thread>
#include <type_traits>

#include "gateway/reason_phrase.hpp"

namespace troupe {

namespace {

namespace asio = restinio::asio_ns;

// One thread serves all connections, so nothing of RESTinio's needs a lock or a strand.
template <class Socket>
struct server_traits
    : restinio::traits_t<
        restinio::asio_timer_manager_t, restinio::null_logger_t,
        std::function<restinio::request_handling_status_t(restinio::request_handle_t)>,
        restinio::noop_strand_t, Socket> {
  static constexpr bool use_connection_count_limiter = true;
};

using plain_traits = server_traits<asio::ip::tcp::socket>;
using secure_traits = server_traits<restinio::impl::tls_socket_t>;

// RESTinio has no deadline for the handshake of TLS.
constexpr std::chrono::seconds handshake_timeout{5};

// RESTinio's own one is less special, and found in the same way: by the types of its arguments.
template <class Start, class Fail>
void prepare_connection_and_start_read(restinio::impl::tls_socket_t& socket,
                                       restinio::impl::connection_t<secure_traits>& connection,
                                       Start start, Fail fail) {
  auto deadline = std::make_shared<asio::steady_timer>(socket.get_executor(), handshake_timeout);
  auto self = connection.shared_from_this();
  deadline->async_wait([&socket, self](const asio::error_code& cancelled) {
    asio::error_code closed;
    if (!cancelled)
      socket.close(closed);
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

http_method method_of(restinio::http_method_id_t x) {
  if (x == restinio::http_method_get())
    return http_method::get;
  if (x == restinio::http_method_post())
    return http_method::post;
  if (x == restinio::http_method_put())
    return http_method::put;
  if (x == restinio::http_method_patch())
    return http_method::patch;
  if (x == restinio::http_method_delete())
    return http_method::remove;
  if (x == restinio::http_method_head())
    return http_method::head;
  if (x == restinio::http_method_options())
    return http_method::options;
  return http_method::other;
}

std::string small_letters(std::string text) {
  for (auto& x : text)
    if (x >= 'A' && x <= 'Z')
      x = static_cast<char>(x - 'A' + 'a');
  return text;
}

// In an answer's header they would end it, and begin another one.
bool is_control(char x) {
  return static_cast<unsigned char>(x) < ' ' || x == '\x7f';
}

bool is_token(const std::string& text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [others](char x) {
    return (x >= '0' && x <= '9') || (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z')
           || others.find(x) != std::string_view::npos;
  });
}

// The parser lets through what a proxy in front may read otherwise (RFC 9112, 5.1).
bool is_malformed(const restinio::http_request_header_t& header) {
  bool right = true;
  header.for_each_field([&right](const auto& field) { right = right && is_token(field.name()); });
  return !right;
}

void refuse_malformed(const restinio::request_handle_t& request) {
  request->create_response(restinio::status_bad_request())
    .append_header("Content-Type", "text/plain")
    .connection_close()
    .set_body("This is no HTTP/1.1.\n")
    .done();
}

http_request read_request(const restinio::request_handle_t& source) {
  http_request x;
  const auto& header = source->header();
  x.method = method_of(header.method());
  x.path.assign(header.path().data(), header.path().size());
  x.query.assign(header.query().data(), header.query().size());
  x.body = source->body();
  x.peer = source->remote_endpoint().address().to_string();
  header.for_each_field([&x](const auto& field) {
    auto [entry, fresh] = x.headers.try_emplace(small_letters(field.name()), field.value());
    if (!fresh)
      entry->second += ", " + field.value();
  });
  return x;
}

template <class Builder>
void add_head(Builder& builder, const http_response& x, bool closing) {
  if (closing)
    builder.connection_close();
  builder.append_header_date_field();
  for (const auto& [name, value] : x.headers)
    builder.append_header(name, value);
}

restinio::http_status_line_t status_line(int status) {
  return {restinio::http_status_code_t{static_cast<std::uint16_t>(status)},
          std::string{reason_phrase(status)}};
}

// These have neither a body nor a length of one (RFC 9110, 8.6); RESTinio's builders always add
// one.
bool is_bodiless(int status) {
  return status == 204 || status == 304;
}

void send_head_only(restinio::request_handle_t& request, const http_response& x, bool closing) {
  restinio::http_response_header_t head{status_line(x.status)};
  for (const auto& [name, value] : x.headers)
    head.append_field(name, value);
  head.should_keep_alive(!closing && request->header().should_keep_alive());
  restinio::writable_items_container_t parts;
  parts.emplace_back(restinio::impl::create_header_string(
    head, restinio::impl::content_length_field_presence_t::skip_content_length));
  auto connection = std::move(restinio::impl::access_req_connection(*request));
  connection->write_response_parts(request->request_id(),
                                   {restinio::response_parts_attr_t::final_parts,
                                    restinio::response_connection_attr(head.should_keep_alive())},
                                   restinio::write_group_t{std::move(parts)});
}

// -- answers in pieces ---------------------------------------------------------------------------

class chunked_stream final : public http_stream {
public:
  using builder = restinio::response_builder_t<restinio::chunked_output_t>;

  explicit chunked_stream(builder x) : builder_{std::move(x)} {}

  ~chunked_stream() override { end(); }

  void write(std::string piece, std::function<void(bool)> sent) override {
    if (!piece.empty())
      builder_.append_chunk(std::move(piece));
    builder_.flush([sent = std::move(sent)](const auto& failure) {
      if (sent)
        sent(!failure);
    });
  }

  void end() override {
    if (!std::exchange(ended_, true))
      builder_.done();
  }

private:
  builder builder_;
  bool ended_ = false;
};

// -- one request ---------------------------------------------------------------------------------

class exchange final : public http_exchange {
public:
  explicit exchange(restinio::request_handle_t handle) : handle_{std::move(handle)} {
    request_ = read_request(handle_);
  }

  ~exchange() override {
    if (handle_)
      answer({500, {{"Content-Type", "text/plain"}}, "The request was dropped.\n"});
  }

  void answer(http_response x) override {
    auto handle = std::exchange(handle_, nullptr);
    complete(x);
    if (is_bodiless(x.status))
      return send_head_only(handle, x, closing_);
    if (request_.method == http_method::head) {
      auto builder
        = handle->create_response<restinio::user_controlled_output_t>(status_line(x.status));
      add_head(builder, x, closing_);
      builder.set_content_length(x.body.size());
      builder.done();
      return;
    }
    auto builder = handle->create_response(status_line(x.status));
    add_head(builder, x, closing_);
    builder.set_body(std::move(x.body));
    builder.done();
  }

  std::unique_ptr<http_stream> stream(http_response head) override {
    auto handle = std::exchange(handle_, nullptr);
    complete(head);
    auto builder = handle->create_response<restinio::chunked_output_t>(status_line(head.status));
    add_head(builder, head, closing_);
    auto result = std::make_unique<chunked_stream>(std::move(builder));
    result->write(std::move(head.body), nullptr);
    return result;
  }

private:
  void complete(http_response& x) {
    if (watcher_)
      watcher_(x.status, x.body.size());
    x.headers.insert(x.headers.end(), std::make_move_iterator(headers_.begin()),
                     std::make_move_iterator(headers_.end()));
    for (auto& [name, value] : x.headers)
      std::replace_if(value.begin(), value.end(), is_control, ' ');
  }

  restinio::request_handle_t handle_; // null: answered
};

// -- the server ----------------------------------------------------------------------------------

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

template <class Traits>
class running_server final : public http_server {
public:
  running_server(const http_server_options& options, http_handler handler,
                 std::function<bool()> between)
      : options_{options},
        between_{std::move(between)},
        server_{restinio::external_io_context(context_), settings_of(options, std::move(handler))} {
    server_.open_sync();
    thread_ = std::thread{[this] { run(); }};
  }

  ~running_server() override {
    asio::post(context_, [this] {
      server_.close_sync();
      context_.stop();
    });
    thread_.join();
  }

  std::uint16_t port() const override { return port_; }

  void stop_listening() override {
    if (is_own_thread())
      server_.close_sync();
    else
      asio::post(context_, [this] { server_.close_sync(); });
  }

  bool is_own_thread() const override { return std::this_thread::get_id() == own_thread_; }

  result<void> reload_tls() override {
    if constexpr (std::is_same_v<Traits, secure_traits>) {
      try {
        asio::post(context_, [this, fresh = make_ssl_context(options_.tls)] { current_ = fresh; });
      } catch (const std::exception& e) {
        return failure(errc::invalid_argument, e.what());
      }
    }
    return {};
  }

private:
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

  // RESTinio makes a session before its caller comes: perhaps from a context that is old by then.
  static int choose_certificate(SSL* session, void* server) {
    SSL_set_SSL_CTX(session, static_cast<running_server*>(server)->current_->native_handle());
    return 1;
  }

  restinio::server_settings_t<Traits> settings_of(const http_server_options& options,
                                                  http_handler handler) {
    restinio::server_settings_t<Traits> x;
    x.port(options.port)
      .address(options.host)
      .read_next_http_message_timelimit(options.read_timeout)
      .write_http_response_timelimit(options.write_timeout)
      .handle_request_timeout(options.handle_timeout)
      .max_parallel_connections(options.connections_max)
      .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t{}
                                  .max_url_size(options.url_bytes_max)
                                  .max_field_name_size(options.header_bytes_max)
                                  .max_field_value_size(options.header_bytes_max)
                                  .max_field_count(options.headers_max)
                                  .max_body_size(options.body_bytes_max))
      .acceptor_options_setter(
        [](auto& acceptor) { acceptor.set_option(asio::ip::tcp::acceptor::reuse_address(true)); })
      .acceptor_post_bind_hook(
        [this](asio::ip::tcp::acceptor& acceptor) { port_ = acceptor.local_endpoint().port(); })
      .socket_options_setter(
        [](auto& sockets) { sockets.set_option(asio::ip::tcp::no_delay{true}); })
      .request_handler([handler = std::move(handler)](restinio::request_handle_t request) {
        if (is_malformed(request->header()))
          refuse_malformed(request);
        else
          handler(std::make_shared<exchange>(std::move(request)));
        return restinio::request_accepted();
      });
    if constexpr (std::is_same_v<Traits, secure_traits>) {
      current_ = make_ssl_context(options.tls);
      x.tls_context(current_);
      SSL_CTX_set_cert_cb(current_->native_handle(), choose_certificate, this);
    }
    return x;
  }

  http_server_options options_;
  std::function<bool()> between_;
  std::atomic<std::thread::id> own_thread_;
  std::atomic<std::uint16_t> port_ = 0;
  ssl_context_ptr current_; // that new sessions take their certificate from
  asio::io_context context_{1};
  restinio::http_server_t<Traits> server_;
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
