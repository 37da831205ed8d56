#include <catch2/catch.hpp>

#include "node/certificates.hpp"
#include "node/node_link.hpp"
#include "tests/support/process_cluster.hpp"

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
