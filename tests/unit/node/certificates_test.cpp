// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "node/certificate_watch.hpp"
#include "node/certificates.hpp"
#include "tests/support/temporary_folder.hpp"

namespace certificates_test {

using namespace troupe;

namespace {

struct issued {
  test::temporary_folder folder;

  issued() {
    REQUIRE(make_authority(folder.path(), "test"));
    REQUIRE(make_certificate(folder.path(), "worker-1"));
  }

  tls_files files() const { return files_of_node(folder.path(), "worker-1"); }
};

void check_refused(const tls_files& files, const std::string& culprit) {
  auto loaded = tls_identity::load(files);
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().code == errc::config_invalid);
  CHECK_THAT(loaded.error().text, Catch::Contains(culprit));
}

} // namespace

TEST_CASE_METHOD(issued, "S1 the certificate that a cluster's CA makes for a node is accepted") {
  CHECK(tls_identity::load(files()));
}

TEST_CASE_METHOD(issued, "S1 only the owner may read a key") {
  const auto mode = std::filesystem::status(files().key).permissions();
  CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE_METHOD(issued, "a cluster has one CA: a second one is refused and the first one kept") {
  auto again = make_authority(folder.path(), "test");
  REQUIRE_FALSE(again);
  CHECK_THAT(again.error().text, Catch::Contains("already"));
  CHECK(tls_identity::load(files()));
}

TEST_CASE_METHOD(issued, "a certificate can be made anew and is read again while it is in use") {
  auto identity = tls_identity::load(files());
  REQUIRE(identity);
  const auto before = (*identity)->context();
  CHECK_FALSE((*identity)->outdated());
  REQUIRE(make_certificate(folder.path(), "worker-1"));
  CHECK((*identity)->outdated());
  REQUIRE((*identity)->reload());
  CHECK_FALSE((*identity)->outdated());
  CHECK((*identity)->context() != before);
}

TEST_CASE_METHOD(issued,
                 "what replaces a certificate and is broken is refused and the old one stays") {
  auto identity = tls_identity::load(files());
  REQUIRE(identity);
  const auto before = (*identity)->context();
  std::ofstream{files().certificate} << "no certificate";
  CHECK_FALSE((*identity)->reload());
  CHECK((*identity)->context() == before);
}

TEST_CASE_METHOD(issued, "S1 files that do not fit together are refused, and the file is named") {
  test::temporary_folder other;
  REQUIRE(make_authority(other.path(), "other"));
  REQUIRE(make_certificate(other.path(), "worker-1"));
  const auto theirs = files_of_node(other.path(), "worker-1");
  auto mixed = files();
  SECTION("another CA") {
    mixed.authority = theirs.authority;
    check_refused(mixed, "worker-1.pem");
  }
  SECTION("another key") {
    mixed.key = theirs.key;
    check_refused(mixed, "worker-1.key");
  }
  SECTION("a file that is not there") {
    mixed.certificate = other.path() / "none.pem";
    check_refused(mixed, "none.pem");
  }
}

TEST_CASE("a certificate needs a CA") {
  test::temporary_folder folder;
  auto made = make_certificate(folder.path(), "worker-1");
  REQUIRE_FALSE(made);
  CHECK_THAT(made.error().text, Catch::Contains("troupe cert init"));
}

TEST_CASE_METHOD(issued, "S1 a certificate is made for a name that a node may have only") {
  const auto text = [](const std::filesystem::path& file) {
    std::ifstream stream{file};
    return std::string{std::istreambuf_iterator<char>{stream}, {}};
  };
  const auto authority = text(folder.path() / "ca.pem");

  for (const auto* name : {"", "ca", ".", "..", "../escape", "x,DNS:client", "a b", "W1"}) {
    CAPTURE(name);
    auto made = make_certificate(folder.path(), name);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == errc::invalid_argument);
  }

  CHECK(text(folder.path() / "ca.pem") == authority);
  CHECK(certified_names(folder.path()) == std::vector<std::string>{"worker-1"});
  CHECK_FALSE(std::filesystem::exists(folder.path().parent_path() / "escape.pem"));
}

TEST_CASE_METHOD(issued, "a certificate tells whose it is and when it ends") {
  const auto now = std::chrono::system_clock::now();
  auto facts = read_certificate(files().certificate);
  REQUIRE(facts);
  CHECK(facts->names == std::vector<std::string>{"worker-1"});
  CHECK(facts->begins < now);
  CHECK(facts->ends > now + std::chrono::days{certificate_days - 1});
  CHECK(facts->ends < now + std::chrono::days{certificate_days + 1});
  REQUIRE(make_certificate(folder.path(), "worker-2"));
  auto other = read_certificate(files_of_node(folder.path(), "worker-2").certificate);
  REQUIRE(other);
  CHECK(other->serial != facts->serial);
  CHECK_FALSE(read_certificate(folder.path() / "nobody.pem"));
}

TEST_CASE("people are told of a certificate from thirty days before its end") {
  const timestamp end{std::chrono::days{20'000}};
  const certificate_figure x{"certs/w1.pem", end};
  using std::chrono::days;
  CHECK(remark_on(x, end - days{31}).empty());
  CHECK_THAT(remark_on(x, end - days{30}), Catch::Contains("'certs/w1.pem' ends in 30 days"));
  CHECK_THAT(remark_on(x, end - days{1}), Catch::Contains("ends in 1 days"));
  CHECK_THAT(remark_on(x, end), Catch::Contains("has ended"));
}

} // namespace certificates_test
