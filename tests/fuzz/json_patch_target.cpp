// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <string>

#include "actors/json_equality.hpp"
#include "actors/json_patch.hpp"
#include "actors/json_reader.hpp"
#include "actors/utf8.hpp"
#include "messages/limits.hpp"
#include "tests/fuzz/target.hpp"

/// A document in the first line, a patch in the rest.
namespace json_patch_target {

using namespace troupe;
using fuzz::require;

namespace {

constexpr std::size_t bytes_max = 64 * 1024;

void merge(const json_value& document, const json_value& patch) {
  const auto merged = merge_patched(document, patch);
  require(same_json(merge_patched(merged, patch), merged), "merging twice is merging once");
  require(json_depth(merged) <= limits::json_depth_max, "merging makes nothing deeper");
  require(json_values(merged) <= json_values(document) + json_values(patch),
          "what is merged comes from one of the two");
}

void apply(const json_value& document, const json_value& patch) {
  patch_work work;
  const auto begun = work.left;
  const auto patched = json_patched(document, patch, work);
  require(work.left <= begun, "work is only spent");
  if (!patched) {
    const auto code = patched.error().code;
    require(code == errc::invalid_argument || code == errc::patch_failed
              || code == errc::payload_too_large,
            "a patch is malformed, does not fit, or is too much");
    require(is_utf8(patched.error().text), "an error's text is UTF-8");
    return;
  }
  require(json_depth(*patched) <= limits::json_depth_max, "a patched document is not too deep");
  const auto text = json_text(*patched);
  require(json_text(read_own_json(text)) == text, "a patched document is JSON");
}

void run(std::string_view bytes) {
  const auto document = read_json(fuzz::take_line(bytes), bytes_max);
  const auto patch = read_json(bytes, bytes_max);
  if (!document || !patch)
    return;
  merge(*document, *patch);
  apply(*document, *patch);
}

const fuzz::known_target known{"json_patch", run};

} // namespace

} // namespace json_patch_target
