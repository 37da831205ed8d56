// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>

#include "node/config.hpp"
#include "node/toml_depth.hpp"

namespace toml_depth_test {

using namespace troupe;

namespace {

std::string repeated(const std::string& x, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += x;
  return text;
}

} // namespace

TEST_CASE("S2 a cluster file cannot lead the reader deeper than its stack") {
  for (const auto& text :
       {repeated("a.", 30'000) + "a = 1", "[" + repeated("a.", 30'000) + "a]",
        "[[" + repeated("\"a\" . ", 30'000) + "a]]", "x = " + repeated("{a.b.c = ", 10'000) + "1",
        "x = " + repeated("[", 30'000) + repeated("]", 30'000)}) {
    const auto config = parse_config("\n" + text, "t.toml");
    REQUIRE_FALSE(config);
    CHECK(config.error().text == "t.toml:2: tables or lists stand more than 100 deep");
  }
}

TEST_CASE("dots in texts comments and many short names are not deep") {
  for (const auto& text :
       {"a = \"" + repeated("a.", 500) + "\"", "a = '''\n" + repeated(".\n", 500) + "'''",
        "# " + repeated("a.", 500), "a = [" + repeated("1.5, ", 500) + "]",
        repeated("[a.b.c]\nd.e = {f.g = [[1.5], [2.5]]}\n", 500),
        "a = \"\"\"\\\"\"\" " + repeated(".", 500) + "\"\"\"",
        "a = \"\\\"" + repeated(".", 500) + "\""}) {
    CAPTURE(text);
    CHECK_FALSE(line_of_too_deep_toml(text));
  }
}

TEST_CASE("the depth is that of header name and brackets together") {
  const auto header = "[" + repeated("a.", 60) + "a]\n";
  CHECK_FALSE(line_of_too_deep_toml(header + repeated("b.", 30) + "b = 1\n"));
  CHECK(line_of_too_deep_toml(header + repeated("b.", 60) + "b = 1\n") == 2);
  CHECK(line_of_too_deep_toml(header + "x = " + repeated("{b.c = ", 30) + "1\n") == 2);
}

} // namespace toml_depth_test
