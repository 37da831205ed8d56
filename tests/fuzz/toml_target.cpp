// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "actors/json_reader.hpp"
#include "node/toml_depth.hpp"
#include "node/toml_json.hpp"
#include "node/toml_reader.hpp"
#include "tests/fuzz/target.hpp"

namespace toml_target {

using namespace troupe;
using fuzz::require;

namespace {

void check(const toml_value& value, std::size_t lines, std::size_t depth) {
  require(depth <= toml_depth_max + 1, "a document is not too deep");
  require(value.line <= lines, "a value stands in the document");
  if (const auto* table = std::get_if<toml_table>(&value.data))
    for (const auto& x : table->entries) {
      require(table->find(x.key) != nullptr, "a table finds what is in it");
      check(x.value, lines, depth + 1);
    }
  if (const auto* list = std::get_if<std::vector<toml_value>>(&value.data))
    for (const auto& x : *list)
      check(x, lines, depth + 1);
}

void run(std::string_view text) {
  const auto document = read_toml(text, "cluster.toml");
  if (!document) {
    require(document.error().text.starts_with("cluster.toml:"), "an error says where it is");
    return;
  }
  require(!line_of_too_deep_toml(text), "what is too deep is refused");
  std::size_t lines = 1;
  for (const auto x : text)
    lines += x == '\n' ? 1 : 0;
  check(*document, lines, 0);
  if (const auto json = json_of(*document))
    require(read_own_json(*json).is_object(), "a document as JSON is an object");
}

const fuzz::known_target known{"toml", run};

} // namespace

} // namespace toml_target
