// SPDX-License-Identifier: Apache-2.0
#include "node/tls_scribe.hpp"

#include <algorithm>
#include <caf/io/middleman.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/stream_impl.hpp>
#include <limits>
#include <openssl/err.h>
#include <utility>
#include <vector>

namespace troupe {

namespace {

namespace network = caf::io::network;

int clamped(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

/// How CAF's stream reads and writes.
class tls_policy {
public:
  explicit tls_policy(tls_session session) : session_{std::move(session)} {}

  network::rw_state read_some(std::size_t& result, network::native_socket, void* buffer,
                              std::size_t size) {
    result = 0;
    if (size == 0)
      return network::rw_state::indeterminate;
    ERR_clear_error();
    return done(SSL_read(session_.get(), buffer, clamped(size)), result);
  }

  network::rw_state write_some(std::size_t& result, network::native_socket, const void* buffer,
                               std::size_t size) {
    result = 0;
    if (size == 0)
      return network::rw_state::indeterminate;
    ERR_clear_error();
    return done(SSL_write(session_.get(), buffer, clamped(size)), result);
  }

  // What OpenSSL has decrypted already makes no socket readable.
  bool must_read_more(network::native_socket, std::size_t threshold) {
    return static_cast<std::size_t>(SSL_pending(session_.get())) >= threshold;
  }

private:
  network::rw_state done(int count, std::size_t& result) const {
    if (count > 0) {
      result = static_cast<std::size_t>(count);
      return network::rw_state::success;
    }
    const auto why = SSL_get_error(session_.get(), count);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? network::rw_state::success
                                                                     : network::rw_state::failure;
  }

  tls_session session_;
};

class tls_scribe final : public caf::io::scribe {
public:
  tls_scribe(network::default_multiplexer& backend, int socket, tls_session session)
      : caf::io::scribe{network::conn_hdl_from_socket(socket)},
        stream_{backend, socket, tls_policy{std::move(session)}} {}

  void configure_read(caf::io::receive_policy::config config) override {
    stream_.configure_read(config);
    if (!std::exchange(launched_, true))
      stream_.start(this);
  }

  void ack_writes(bool enable) override { stream_.ack_writes(enable); }
  std::vector<char>& wr_buf() override { return stream_.wr_buf(); }
  std::vector<char>& rd_buf() override { return stream_.rd_buf(); }
  void flush() override { stream_.flush(this); }
  void add_to_loop() override { stream_.activate(this); }
  void remove_from_loop() override { stream_.passivate(); }

  void graceful_shutdown() override {
    stream_.graceful_shutdown();
    detach(&stream_.backend(), false);
  }

  std::string addr() const override {
    auto found = network::remote_addr_of_fd(stream_.fd());
    return found ? *found : std::string{};
  }

  std::uint16_t port() const override {
    auto found = network::remote_port_of_fd(stream_.fd());
    return found ? *found : std::uint16_t{0};
  }

private:
  bool launched_ = false;
  network::stream_impl<tls_policy> stream_;
};

} // namespace

caf::io::scribe_ptr make_tls_scribe(caf::actor_system& system, int socket, tls_session session) {
  auto& backend = dynamic_cast<network::default_multiplexer&>(system.middleman().backend());
  return caf::make_counted<tls_scribe>(backend, socket, std::move(session));
}

} // namespace troupe
