// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <string>

#include "actors/record_schema.hpp"
#include "actors/schema_translation.hpp"
#include "actors/utf8.hpp"
#include "tests/fuzz/target.hpp"

/// A schema in the first line, a value in the rest.
namespace schema_target {

using namespace troupe;
using fuzz::require;

namespace {

constexpr std::size_t bytes_max = 64 * 1024;

void check_violations(const std::vector<std::string>& lines) {
  require(lines.size() <= record_schema::violations_max + 1, "violations are bounded");
  for (const auto& x : lines)
    require(is_utf8(x) && x.find('\n') == std::string::npos, "a violation is a line of UTF-8");
}

/// The schema of /openapi.json takes what the collection takes.
void check_translation(const json_value& schema, const record_schema& compiled,
                       const json_value& value) {
  const auto said = translate_schema(schema, [](const std::string& part) {
    return part.empty() ? std::string{"#/$defs/whole"} : "#/$defs/" + part;
  });
  require(said.has_value(), "what can be compiled can be said again");
  auto document = json_value::object();
  document["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  document["$defs"] = json_value::object();
  document["$defs"]["whole"] = said->whole;
  for (const auto& [name, part] : said->parts)
    document["$defs"][name] = part;
  document["$ref"] = "#/$defs/whole";
  const auto again = record_schema::compile_plain(document, schema_formats::asserted);
  require(again.has_value(), "what was said again can be compiled");
  require(again->plain_violations(value).empty() == compiled.plain_violations(value).empty(),
          "what was said again means the same");
}

void run(std::string_view bytes) {
  const auto text = fuzz::take_line(bytes);
  const auto compiled = record_schema::compile(text);
  const auto value = read_json(bytes, bytes_max);
  if (!compiled) {
    require(compiled.error().code == errc::invalid_argument, "a schema is malformed");
    require(is_utf8(compiled.error().text), "an error's text is UTF-8");
  } else {
    compiled->knows_field("title");
    compiled->knows_field("author.name");
    if (value && value->is_object())
      check_violations(compiled->violations(*value, "some-id"));
  }
  const auto schema = read_json(text, bytes_max);
  if (!schema || !value)
    return;
  const auto plain = record_schema::compile_plain(*schema, schema_formats::asserted);
  require(plain || !compiled, "what a collection may declare is a schema");
  if (!plain)
    return;
  check_violations(plain->plain_violations(*value));
  check_translation(*schema, *plain, *value);
}

const fuzz::known_target known{"schema", run};

} // namespace

} // namespace schema_target
