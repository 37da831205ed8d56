// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "actors/ecma_pattern.hpp"
#include "actors/schema_pattern.hpp"
#include "actors/utf8.hpp"
#include "tests/fuzz/target.hpp"

/// A regular expression in the first line, a text in the rest.
namespace pattern_target {

using namespace troupe;
using fuzz::require;

namespace {

void run(std::string_view bytes) {
  const auto text = fuzz::take_line(bytes);
  // Both come from JSON, which is UTF-8.
  if (!is_utf8(text) || !is_utf8(bytes))
    return;
  const auto read = read_ecma_pattern(text);
  const auto compiled = schema_pattern::compile(text);
  require(read || !compiled, "what can be matched with is a regular expression");
  if (!compiled) {
    require(compiled.error().code == errc::invalid_argument, "a pattern is malformed");
    require(is_utf8(compiled.error().text), "an error's text is UTF-8");
    return;
  }
  require(compiled->text() == text, "a pattern keeps its text");
  const auto some = bytes.substr(0, compiled->text_max());
  if (is_utf8(some))
    require(compiled->matches(some) == compiled->matches(some), "a text matches or does not");
}

const fuzz::known_target known{"pattern", run};

} // namespace

} // namespace pattern_target
