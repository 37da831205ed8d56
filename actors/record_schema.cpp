// SPDX-License-Identifier: Apache-2.0
#include "actors/record_schema.hpp"

#include <nlohmann/json.hpp>
#include <regex>
#include <unordered_map>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validation_visitor.hpp>

#include "actors/schema_constraints.hpp"
#include "actors/schema_rewriter.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

using adapter = valijson::adapters::NlohmannJsonAdapter;

std::string pointer_of(const std::vector<std::string>& context) {
  std::string pointer;
  for (std::size_t i = 1; i < context.size(); ++i) // the first one stands for the root
    pointer += "/" + pointer_step(std::string_view{context[i]}.substr(1, context[i].size() - 2));
  return pointer;
}

std::string line_of(const valijson::ValidationResults::Error& x) {
  auto pointer = pointer_of(x.context);
  constexpr std::string_view missing = "Missing required property '";
  if (x.description.starts_with(missing)) {
    const auto end = x.description.rfind('\'');
    const auto name = x.description.substr(missing.size(), end - missing.size());
    return pointer + "/" + pointer_step(name) + ": is missing";
  }
  return (pointer.empty() ? "the record" : pointer) + ": " + x.description;
}

} // namespace

struct record_schema::compiled {
  nlohmann::json source;
  valijson::Schema schema;
};

record_schema::record_schema(std::unique_ptr<compiled> x) : compiled_{std::move(x)} {}
record_schema::record_schema(record_schema&&) noexcept = default;
record_schema& record_schema::operator=(record_schema&&) noexcept = default;
record_schema::~record_schema() = default;

result<record_schema> record_schema::compile(std::string_view text) {
  auto read = read_json(text, limits::schema_bytes_max);
  if (!read)
    return failure(errc::invalid_argument, "the schema is no JSON: " + read.error().text);
  auto made = std::make_unique<compiled>();
  made->source = *read;
  auto safe = made->source;
  if (auto rewritten = rewrite_schema(safe); !rewritten)
    return tl::unexpected<error>{rewritten.error()};
  valijson::SchemaParser parser{valijson::SchemaParser::kDraft7};
  add_schema_constraints(parser);
  try {
    parser.populateSchema(adapter{safe}, made->schema);
  } catch (const std::exception& why) {
    return failure(errc::invalid_argument, std::string{"the schema is wrong: "} + why.what());
  }
  return record_schema{std::move(made)};
}

std::vector<std::string> record_schema::violations(const json_value& fields) const {
  const nlohmann::json plain = fields;
  const adapter target{plain};
  valijson::ValidationResults results;
  std::unordered_map<std::string, std::regex> no_patterns; // they were all replaced
  valijson::ValidationVisitor<adapter> visitor{target, {"<root>"}, true, &results, no_patterns};
  std::vector<std::string> lines;
  if (visitor.validateSchema(compiled_->schema))
    return lines;
  for (const auto& x : results) {
    if (lines.size() == violations_max) {
      lines.push_back("and " + std::to_string(results.numErrors() - violations_max) + " more");
      break;
    }
    lines.push_back(line_of(x));
  }
  if (lines.empty())
    lines.emplace_back("the record: the schema allows nothing here");
  return lines;
}

bool record_schema::knows_field(std::string_view path) const {
  const auto* schema = &compiled_->source;
  for (const auto& name : path_names(path).value_or(std::vector<std::string>{})) {
    if (!schema->is_object())
      return true;
    const auto properties = schema->find("properties");
    const auto listed = properties != schema->end() && properties->contains(name);
    const auto others = schema->find("additionalProperties");
    if (!listed)
      return schema->contains("$ref") || others == schema->end() || *others != false;
    schema = &(*properties)[name];
  }
  return true;
}

result<void> check_schema(std::string_view text) {
  return record_schema::compile(text).map([](const record_schema&) {});
}

} // namespace troupe
