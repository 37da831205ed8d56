// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "node/config.hpp"

namespace http_settings_test {

using namespace troupe;

TEST_CASE("reference.toml says the defaults of HTTP") {
  const auto config = load_config(TROUPE_SOURCE_DIR "/config/reference.toml");
  REQUIRE(config);

  const auto& http = config->http;
  CHECK(http.auth == http_settings{}.auth);
  CHECK(http.hosts == http_settings{}.hosts);
  CHECK(http.trust_forwarded_proto == http_settings{}.trust_forwarded_proto);
  CHECK(http.rate == http_settings{}.rate);
  CHECK(http.burst == http_settings{}.burst);
  CHECK(http.byte_rate == http_settings{}.byte_rate);
  CHECK(http.streams_max == http_settings{}.streams_max);
  CHECK(http.waits_max == http_settings{}.waits_max);
  CHECK(http.connections_max == http_settings{}.connections_max);
  CHECK(http.connections_per_address_max == http_settings{}.connections_per_address_max);
  CHECK(http.origins == http_settings{}.origins);
  CHECK(http.bodies_max == http_settings{}.bodies_max);
  CHECK(http.body_max == http_settings{}.body_max);
  CHECK(http.url_max == http_settings{}.url_max);
  CHECK(http.header_max == http_settings{}.header_max);
  CHECK(http.headers_max == http_settings{}.headers_max);
  CHECK(http.read_timeout == http_settings{}.read_timeout);
  CHECK(http.write_timeout == http_settings{}.write_timeout);
  CHECK(http.site == http_settings{}.site);
  CHECK(config->log.audit == log_settings{}.audit);
}

} // namespace http_settings_test
