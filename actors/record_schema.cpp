// SPDX-License-Identifier: Apache-2.0
#include "actors/record_schema.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "actors/schema_check.hpp"
#include "actors/schema_survey.hpp"
#include "messages/limits.hpp"
#include "messages/record.hpp"

namespace troupe {

namespace {

constexpr std::array<std::string_view, 4> own_members{
  {"id", "version", "created_at", "updated_at"}};

} // namespace

bool is_record_member(std::string_view name) {
  return std::find(own_members.begin(), own_members.end(), name) != own_members.end();
}

record_schema::record_schema(std::vector<schema_node> nodes) : nodes_{std::move(nodes)} {}
record_schema::record_schema(record_schema&&) noexcept = default;
record_schema& record_schema::operator=(record_schema&&) noexcept = default;
record_schema::~record_schema() = default;

result<record_schema> record_schema::compile_plain(const json_value& schema,
                                                   schema_formats formats) {
  auto survey = schema_survey::of(schema);
  if (!survey)
    return tl::unexpected<error>{survey.error()};
  auto nodes = compile_schemas(*survey, formats);
  if (!nodes)
    return tl::unexpected<error>{nodes.error()};
  return record_schema{std::move(*nodes)};
}

result<record_schema> record_schema::compile(std::string_view text) {
  auto read = read_json(text, limits::schema_bytes_max);
  if (!read)
    return failure(errc::invalid_argument, "the schema is no JSON: " + read.error().text);
  auto schema = compile_plain(*read, schema_formats::asserted);
  if (schema)
    if (auto checked = schema->check_own_members(); !checked)
      return tl::unexpected<error>{checked.error()};
  return schema;
}

/// Version and times are not known yet when a record is checked; so a schema that no record's could
/// keep to is found here.
result<void> record_schema::check_own_members() const {
  const json_value sample{{"version", 1},
                          {"created_at", "2026-01-02T03:04:05.678Z"},
                          {"updated_at", "2026-01-02T03:04:05.678Z"}};
  const auto lines = plain_violations(sample);
  for (const auto& [name, value] : sample.items())
    for (const auto& line : lines)
      if (nodes_.front().members.contains(name) && line.starts_with("/" + name + ": "))
        return wrong_schema("/properties/" + name, "no record keeps to this; " + line.substr(1));
  return {};
}

std::vector<std::string> record_schema::violations(const json_value& fields,
                                                   const std::string& id) const {
  auto own = json_value::object();
  for (const auto name : own_members)
    own[std::string{name}] = nullptr;
  if (!id.empty())
    own["id"] = id;
  return schema_check{nodes_, &own, violations_max}.run(fields);
}

std::vector<std::string> record_schema::plain_violations(const json_value& value) const {
  return schema_check{nodes_, nullptr, violations_max}.run(value);
}

bool record_schema::knows_field(std::string_view path) const {
  const auto* node = &nodes_.front();
  for (const auto& name : path_names(path).value_or(std::vector<std::string>{})) {
    const auto listed = node->members.find(name);
    if (listed == node->members.end()) {
      const auto is_for = [&](const auto& x) { return x.first.matches(name); };
      return node->other_members == no_schema || !nodes_[node->other_members].never
             || std::any_of(node->matching_members.begin(), node->matching_members.end(), is_for);
    }
    node = &nodes_[listed->second];
  }
  return true;
}

result<void> check_schema(std::string_view text) {
  return record_schema::compile(text).map([](const record_schema&) {});
}

} // namespace troupe
