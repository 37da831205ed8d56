// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <catch2/catch.hpp>
#include <string>

#include "node/config.hpp"

namespace troupe::test {

/// What a test adds to a correct file, and what is said of it.
struct config_mistake {
  std::string addition;
  std::string text;
};

/// What is said of a file "t.toml" that is refused.
inline std::string config_problems(const std::string& text) {
  auto config = parse_config(text, "t.toml");
  REQUIRE_FALSE(config);
  CHECK(config.error().code == errc::config_invalid);
  return config.error().text;
}

/// The files that come with the program.
inline std::string shipped_config(const std::string& name) {
  return std::string{TROUPE_SOURCE_DIR "/config/"} + name;
}

inline cluster_config must_load(const std::string& name) {
  auto config = load_config(shipped_config(name));
  INFO((config ? std::string{} : config.error().text));
  REQUIRE(config);
  return *config;
}

} // namespace troupe::test
