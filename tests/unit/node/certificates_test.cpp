// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>

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

} // namespace certificates_test
