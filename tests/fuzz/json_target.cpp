// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <string>

#include "actors/json_equality.hpp"
#include "actors/json_reader.hpp"
#include "actors/schema_node.hpp"
#include "actors/utf8.hpp"
#include "messages/limits.hpp"
#include "tests/fuzz/target.hpp"

namespace json_target {

using namespace troupe;
using fuzz::require;

namespace {

constexpr std::size_t bytes_max = 4096;
constexpr std::size_t values_max = 500;

void run(std::string_view text) {
  const auto read = read_json(text, bytes_max, values_max);
  if (!read) {
    require(read.error().code
              == (text.size() > bytes_max ? errc::payload_too_large : errc::invalid_argument),
            "what is no JSON is refused for that");
    require(is_utf8(read.error().text), "an error's text is UTF-8");
    require(read.error().text.size() < 8192, "an error's text is short");
    return;
  }
  require(is_utf8(text), "JSON is UTF-8");
  require(json_depth(*read) <= limits::json_depth_max, "JSON is not too deep");
  require(json_values(*read) <= values_max, "JSON has no more values than may be");

  const auto written = json_text(*read);
  const auto again = read_json(written, written.size(), values_max);
  require(again.has_value(), "what was written can be read");
  require(json_text(*again) == written, "what was read is written as it was");
  require(same_json(*read, *again) && same_json(*again, *read), "what was written is the same");
  require(canonical_json(*read) == canonical_json(*again), "equal values look the same");
  require(json_text(read_own_json(written)) == written, "own JSON is read as it was written");
}

const fuzz::known_target known{"json", run};

} // namespace

} // namespace json_target
