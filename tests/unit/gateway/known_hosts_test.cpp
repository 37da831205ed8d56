// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/known_hosts.hpp"

namespace known_hosts_test {

using namespace troupe;

namespace {

http_request for_host(const std::string& host) {
  http_request x;
  x.headers["host"] = host;
  return x;
}

} // namespace

TEST_CASE("a host's name is told from its port, whatever it looks like") {
  CHECK(host_name_of("Troupe.Example:8080") == "troupe.example");
  CHECK(host_name_of("troupe.example.") == "troupe.example");
  CHECK(host_name_of("10.0.0.7:80") == "10.0.0.7");
  CHECK(host_name_of("[::1]:8080") == "::1");
  CHECK(host_name_of("[::1") == "::1");
  CHECK(host_name_of("::1") == "::1");
  CHECK(host_name_of("").empty());
  CHECK(host_name_of("[").empty());
}

TEST_CASE("S2 only names of loopback, and those that were given, are known") {
  const known_hosts hosts{{"troupe.example", "10.0.0.7:8080"}};
  for (const auto* host :
       {"localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:8080", "127.1.2.3", "[::1]:80",
        "troupe.example", "Troupe.Example.:443", "10.0.0.7"}) {
    CAPTURE(host);
    CHECK(hosts.knows(for_host(host)));
  }
  for (const auto* host :
       {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.evil.example",
        "evil.example, localhost", "troupe.example.evil", "0.0.0.0", "10.0.0.8", "", " "}) {
    CAPTURE(host);
    CHECK_FALSE(hosts.knows(for_host(host)));
  }
}

TEST_CASE("a program that names no host, as HTTP/1.0 allows, is no browser") {
  CHECK(known_hosts{{}}.knows({}));
}

TEST_CASE("where hosts are not checked, all are known") {
  CHECK(known_hosts{}.knows(for_host("evil.example")));
}

} // namespace known_hosts_test
