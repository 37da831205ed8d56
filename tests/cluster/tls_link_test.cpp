// SPDX-License-Identifier: Apache-2.0
#include <caf/exit_reason.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <catch2/catch.hpp>
#include <csignal>
#include <ctime>
#include <poll.h>
#include <set>
#include <sys/socket.h>

#include "node/actor_host.hpp"
#include "node/certificates.hpp"
#include "node/tls_middleman.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tls_link_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr milliseconds patience = 10s;
constexpr milliseconds handshake_deadline = 400ms;

using doubler_actor = caf::typed_actor<caf::replies_to<std::string>::with<std::string>>;

doubler_actor::behavior_type doubler() {
  return {[](const std::string& x) { return x + x; }};
}

/// A cluster's folder with the certificates of two nodes.
class authority {
public:
  authority() {
    REQUIRE(make_authority(folder_.path(), "test"));
    for (const auto* node : {"server", "caller"})
      REQUIRE(make_certificate(folder_.path(), node));
  }

  std::shared_ptr<tls_identity> identity(const std::string& node) const {
    auto loaded = tls_identity::load(files_of_node(folder_.path(), node));
    REQUIRE(loaded);
    return *loaded;
  }

  std::string serial(const std::string& node) const {
    auto facts = read_certificate(files_of_node(folder_.path(), node).certificate);
    REQUIRE(facts);
    return facts->serial;
  }

private:
  test::temporary_folder folder_;
};

/// A process's actor system with a middleman that speaks TLS.
class tls_node {
public:
  tls_node(std::shared_ptr<tls_identity> identity, std::string wanted, std::string welcome,
           milliseconds deadline = handshake_deadline) {
    host_.run([&](caf::actor_system& system) {
      middleman_
        = spawn_tls_middleman(system, {.identity = std::move(identity),
                                       .welcome =
                                         [welcome](const std::vector<std::string>& names) {
                                           return !names.empty() && names[0] == welcome;
                                         },
                                       .name_at = [wanted](const endpoint&) { return wanted; },
                                       .timeout = deadline,
                                       .env = environment::real()});
    });
  }

  ~tls_node() {
    for (auto& x : {middleman_, published_})
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
    middleman_ = nullptr;
    published_ = nullptr;
    host_.close(patience);
  }

  std::uint16_t publish() {
    std::uint16_t port = 0;
    host_.run([&](caf::actor_system& system) {
      doubler_actor handle = system.spawn(doubler);
      published_ = caf::actor_cast<caf::actor>(handle);
      caf::scoped_actor self{system};
      self
        ->request(middleman_, patience, caf::publish_atom_v, std::uint16_t{0},
                  caf::actor_cast<caf::strong_actor_ptr>(handle),
                  system.message_types<doubler_actor>(), std::string{"127.0.0.1"}, true)
        .receive([&](std::uint16_t x) { port = x; },
                 [](const caf::error& e) { FAIL(to_string(e)); });
    });
    return port;
  }

  /// `x` twice, as the actor at the port says, or why it cannot be asked.
  result<std::string> ask(std::uint16_t port, const std::string& x) {
    result<std::string> answer = failure(errc::none, "");
    host_.run([&](caf::actor_system& system) {
      caf::scoped_actor self{system};
      caf::strong_actor_ptr found;
      self->request(middleman_, patience, caf::connect_atom_v, std::string{"127.0.0.1"}, port)
        .receive([&](const caf::node_id&, const caf::strong_actor_ptr& actor,
                     const std::set<std::string>&) { found = actor; },
                 [&](const caf::error& e) { answer = tl::unexpected{from_caf(e)}; });
      if (found)
        self->request(caf::actor_cast<doubler_actor>(found), patience, x)
          .receive([&](const std::string& y) { answer = y; },
                   [&](const caf::error& e) { answer = tl::unexpected{from_caf(e)}; });
    });
    return answer;
  }

private:
  actor_host host_{2};
  caf::actor middleman_;
  caf::actor published_;
};

/// A connection that is not Troupe's.
socket_handle call(std::uint16_t port) {
  auto socket = connect_to({"127.0.0.1", port}, std::chrono::steady_clock::now() + patience);
  REQUIRE(socket);
  return std::move(*socket);
}

/// Waits until the other side has closed; what it sends before is thrown away.
bool closed(const socket_handle& socket) {
  const auto until = std::chrono::steady_clock::now() + patience;
  char buffer[512];
  while (socket.wait_for(POLLIN, until))
    if (::recv(socket.get(), buffer, sizeof buffer, 0) <= 0)
      return true;
  return false;
}

std::chrono::nanoseconds cpu_time() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

} // namespace

TEST_CASE("S1 actors of two nodes of a cluster talk over mutual TLS") {
  authority ca;
  tls_node server{ca.identity("server"), "", "caller"};
  tls_node caller{ca.identity("caller"), "server", ""};

  auto answer = caller.ask(server.publish(), "ab");

  REQUIRE(answer);
  CHECK(*answer == "abab");
}

TEST_CASE("S1 a message larger than a TLS record arrives whole, in both directions") {
  authority ca;
  tls_node server{ca.identity("server"), "", "caller"};
  tls_node caller{ca.identity("caller"), "server", ""};
  const std::string text(1'000'000, 'x');

  auto answer = caller.ask(server.publish(), text);

  REQUIRE(answer);
  CHECK(*answer == text + text);
}

TEST_CASE("S1 a caller with the certificate of another CA is refused") {
  authority ca, other;
  tls_node server{ca.identity("server"), "", "caller"};
  tls_node stranger{other.identity("caller"), "server", ""};
  CHECK_FALSE(stranger.ask(server.publish(), "a"));
}

TEST_CASE("S1 a good certificate with a name that is not welcome is refused") {
  authority ca;
  tls_node server{ca.identity("server"), "", "caller"};
  tls_node twin{ca.identity("server"), "server", ""};
  CHECK_FALSE(twin.ask(server.publish(), "a"));
}

TEST_CASE("S1 a caller does not talk to a node that has another name than the address stands for") {
  authority ca;
  tls_node server{ca.identity("server"), "", "caller"};
  tls_node caller{ca.identity("caller"), "control", ""};
  auto answer = caller.ask(server.publish(), "a");
  REQUIRE_FALSE(answer);
  CHECK_THAT(answer.error().text, Catch::Contains("not for 'control'"));
}

TEST_CASE("S1 S2 silent callers by the hundred cost no processor, and others get through") {
  authority ca;
  tls_node server{ca.identity("server"), "", "caller"};
  tls_node caller{ca.identity("caller"), "server", ""};
  const auto port = server.publish();
  std::vector<socket_handle> silent;
  for (int i = 0; i < 200; ++i)
    silent.push_back(call(port));
  const auto before = cpu_time();

  // They are dropped: as many as are too many at once, the others after their time.
  for (const auto& x : silent)
    REQUIRE(closed(x));

  CHECK(cpu_time() - before < handshake_deadline);
  CHECK(caller.ask(port, "a") == "aa");
}

TEST_CASE("S2 a caller gets through at once while silent ones hold as many places as there are") {
  authority ca;
  tls_node server{ca.identity("server"), "", "caller", patience};
  tls_node caller{ca.identity("caller"), "server", ""};
  const auto port = server.publish();
  std::vector<socket_handle> silent;
  for (std::size_t i = 0; i < tls_acceptor_options{}.pending_max; ++i)
    silent.push_back(call(port));

  CHECK(caller.ask(port, "a") == "aa");

  CHECK(closed(silent.front())); // it made room
}

TEST_CASE("S1 a certificate that is revoked is refused on both sides") {
  authority ca;
  const auto by_serial = GENERATE(true, false);
  const auto revoke = [&](const std::shared_ptr<tls_identity>& by, const std::string& whom) {
    by->revoke({by_serial ? ca.serial(whom) : whom});
    return by;
  };
  tls_node server{ca.identity("server"), "", "caller"};
  tls_node strict{revoke(ca.identity("server"), "caller"), "", "caller"};
  tls_node caller{ca.identity("caller"), "server", ""};
  tls_node wary{revoke(ca.identity("caller"), "server"), "server", ""};

  CHECK(caller.ask(server.publish(), "a") == "aa");
  CHECK_FALSE(caller.ask(strict.publish(), "a"));
  auto answer = wary.ask(server.publish(), "a");
  REQUIRE_FALSE(answer);
  CHECK_THAT(answer.error().text, Catch::Contains("is revoked"));
}

TEST_CASE("S2 bytes that are no TLS, and forged frames of CAF's protocol, end their connection") {
  authority ca;
  tls_node server{ca.identity("server"), "", "caller"};
  tls_node caller{ca.identity("caller"), "server", ""};
  const auto port = server.publish();
  // A BASP header that announces a payload of almost 4 GiB.
  const std::string forged{"\x00\x00\x00\x01\xff\xff\xff\xff", 8};
  for (const auto& bytes : {std::string{"GET / HTTP/1.1\r\n\r\n"}, std::string(4096, '\xaa'),
                            forged + std::string(24, '\xff')}) {
    auto socket = call(port);
    ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    CHECK(closed(socket));
  }
  CHECK(caller.ask(port, "a") == "aa");
}

} // namespace tls_link_test
