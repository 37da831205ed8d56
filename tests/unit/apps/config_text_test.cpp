// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "apps/troupe/config_text.hpp"
#include "apps/troupe/json_output.hpp"

namespace config_text_test {

using namespace troupe;

TEST_CASE("a shown configuration reads as the same configuration") {
  auto file = GENERATE(as<std::string>{}, "single.toml", "photos.toml", "reference.toml");
  auto config = load_config(std::string{TROUPE_SOURCE_DIR "/config/"} + file);
  REQUIRE(config);

  auto again = parse_config(toml_of(*config), "shown");

  INFO((again ? std::string{} : again.error().text));
  REQUIRE(again);
  again->file = config->file;
  CHECK(json_of(*again) == json_of(*config));
  CHECK(toml_of(*again) == toml_of(*config));
}

TEST_CASE("how a gateway leaves, what it serves and how nodes log is shown") {
  auto config = parse_config("[nodes.a]\nroles = [\"control\"]\naddress = \"127.0.0.1:1\"\n"
                             "[http]\nleave_time = \"3s\"\nsite = \"/srv/site\"\n"
                             "[log]\nformat = \"json\"\n",
                             "t.toml");
  REQUIRE(config);

  auto again = parse_config(toml_of(*config), "shown");

  REQUIRE(again);
  const auto shown = json_of(*again);
  CHECK(shown["http"]["leave_time_ms"] == 3000);
  CHECK(shown["http"]["site"] == "/srv/site");
  CHECK(shown["log"]["format"] == "json");
}

TEST_CASE("the names of gateways are shown if there are some") {
  const std::string node = "[nodes.a]\nroles = [\"control\"]\naddress = \"127.0.0.1:1\"\n";
  auto config = parse_config(node + "[http]\nhosts = [\"troupe.example\"]\n", "t.toml");
  REQUIRE(config);

  auto again = parse_config(toml_of(*config), "shown");

  REQUIRE(again);
  CHECK(again->http.hosts == config->http.hosts);
  CHECK(json_of(*again)["http"]["hosts"] == json_of(*config)["http"]["hosts"]);
}

TEST_CASE("texts in a shown configuration are quoted") {
  auto config = parse_config("[nodes.a]\nroles = [\"control\"]\naddress = \"127.0.0.1:1\"\n"
                             "[handlers.x]\nexec = ['say \"hi\"', 'back\\slash', \"tab\\t\"]\n",
                             "t.toml");
  REQUIRE(config);

  auto again = parse_config(toml_of(*config), "shown");

  REQUIRE(again);
  CHECK(again->find_handler("x")->exec == config->find_handler("x")->exec);
}

} // namespace config_text_test
