// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <sys/socket.h>

#include "node/certificates.hpp"
#include "node/node_link.hpp"
#include "node/socket.hpp"
#include "tests/support/process_cluster.hpp"

namespace tls_cluster_test {

using namespace troupe;
using test::cluster_plan;
using test::process_cluster;

namespace {

/// Certificates for the nodes of a plan, and for clients.
class certificates {
public:
  certificates() {
    REQUIRE(make_authority(folder_.path(), "test"));
    for (const auto* name : {"control", "worker-1", client_name})
      REQUIRE(make_certificate(folder_.path(), name));
  }

  const std::filesystem::path& folder() const { return folder_.path(); }

  cluster_plan plan() const {
    cluster_plan x;
    x.workers = 1;
    x.tls = folder();
    return x;
  }

private:
  test::temporary_folder folder_;
};

} // namespace

TEST_CASE("S1 a cluster with certificates runs jobs, and the command line reaches it by its own") {
  certificates made;
  process_cluster cluster{made.plan()};
  cluster.start_all();

  const auto jobs = cluster.submit("noop", "", 20);

  CHECK(cluster.eventually([&] { return cluster.finished(jobs); }));
  CHECK(cluster.troupe({"queues"}).status == 0);
}

TEST_CASE("S1 a client without a certificate gets no answer from a cluster with certificates") {
  certificates made;
  process_cluster cluster{made.plan()};
  cluster.start_all();

  auto connected
    = client::connect({.addresses = {cluster.address()}, .connect_timeout = milliseconds{500}});

  REQUIRE_FALSE(connected);
  CHECK(cluster.is_running("control"));
  CHECK(cluster.troupe({"queues"}).status == 0);
}

TEST_CASE(
  "S1 S2 nothing that comes without a certificate disturbs a node, or is noticed by its peers") {
  certificates made;
  process_cluster cluster{made.plan()};
  cluster.start_all();
  const auto events = cluster.event_position();
  REQUIRE(cluster.eventually(
    [&] { return cluster.log("worker-1").find("worker: registered at") != std::string::npos; }));
  const auto said = cluster.log("worker-1");

  // A BASP header that announces a payload of almost 4 GiB, and others.
  const std::string forged
    = std::string{"\x00\x00\x00\x01\xff\xff\xff\xff", 8} + std::string(24, '\xff');
  const std::vector<std::string> greetings{"", forged, std::string(4096, '\xaa'),
                                           std::string(32, '\0'),
                                           "GET / HTTP/1.1\r\nHost: a\r\n\r\n"};
  std::vector<socket_handle> callers;
  for (std::size_t i = 0; i < 300; ++i) {
    auto caller = connect_to({"127.0.0.1", cluster.port().number()},
                             std::chrono::steady_clock::now() + std::chrono::seconds{20});
    REQUIRE(caller);
    const auto& bytes = greetings[i % greetings.size()];
    ::send(caller->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    callers.push_back(std::move(*caller));
  }
  const auto jobs = cluster.submit("noop", "", 20);
  CHECK(cluster.eventually([&] { return cluster.finished(jobs); }));

  CHECK(cluster.is_running("control"));
  CHECK(cluster.log("worker-1") == said);
  for (const auto& x : cluster.events_after(events))
    CHECK(x.kind != job_event_kind::lost);
}

TEST_CASE("S1 a node whose certificate is missing does not start, and says how to get one") {
  certificates made;
  std::filesystem::remove(made.folder() / "worker-1.pem");
  process_cluster cluster{made.plan()};
  cluster.start("worker-1");

  CHECK(cluster.wait_for_end("worker-1", milliseconds{10'000}).value_or(0) != 0);
  CHECK_THAT(cluster.log("worker-1"), Catch::Contains("troupe cert add"));
}

TEST_CASE("S1 a node with the certificate of another name is not let in") {
  certificates made;
  REQUIRE(make_certificate(made.folder(), "stranger"));
  for (const auto* end : {".pem", ".key"})
    std::filesystem::rename(made.folder() / (std::string{"stranger"} + end),
                            made.folder() / (std::string{"worker-1"} + end));
  process_cluster cluster{made.plan()};
  cluster.start("control");
  cluster.start("worker-1");

  CHECK(cluster.eventually([&] {
    return cluster.log("control").find("certificate is for 'stranger'") != std::string::npos;
  }));
  REQUIRE(cluster.client().workers());
  CHECK(cluster.client().workers()->empty());
}

} // namespace tls_cluster_test
