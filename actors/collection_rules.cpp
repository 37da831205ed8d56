// SPDX-License-Identifier: Apache-2.0
#include "actors/collection_rules.hpp"

#include <nlohmann/json.hpp>

#include "messages/limits.hpp"

namespace troupe {

namespace {

// What a body may have beyond the record: id, version, times, and some blanks.
constexpr std::size_t body_margin = 1024;

std::string named(const std::string& collection, const std::string& id) {
  return "'" + collection + "/" + id + "'";
}

// Two independent hashes of 64 bits: an accident is out of the question, an attacker would only
// harm himself.
class hash_pair {
public:
  void add(std::string_view text) {
    add_number(text.size()); // so that no two lists of texts look the same
    for (const auto x : text)
      add_byte(static_cast<unsigned char>(x));
  }

  void add_number(std::uint64_t x) {
    for (int i = 0; i < 8; ++i, x >>= 8)
      add_byte(static_cast<unsigned char>(x));
  }

  std::string text() const { return hex(first_) + hex(second_); }

private:
  void add_byte(unsigned char x) {
    first_ = (first_ ^ x) * 1099511628211ULL;             // FNV-1a
    second_ = (second_ + x + 1) * 6364136223846793005ULL; // Knuth's multiplier for MMIX
    second_ ^= second_ >> 29;
  }

  static std::string hex(std::uint64_t x) {
    std::string text(16, '0');
    for (auto i = text.size(); i-- > 0; x >>= 4)
      text[i] = "0123456789abcdef"[x & 0xf];
    return text;
  }

  std::uint64_t first_ = 14695981039346656037ULL;
  std::uint64_t second_ = 0x9e3779b97f4a7c15ULL;
};

void add(hash_pair& hash, const change_record& x) {
  hash.add_number(static_cast<std::uint64_t>(x.verb));
  hash.add(x.collection);
  hash.add(x.id);
  hash.add(x.body);
  hash.add_number(static_cast<std::uint64_t>(x.condition.kind));
  hash.add_number(x.condition.version);
  hash.add_number(x.condition.generation);
}

bool is_known(record_verb x) {
  return x >= record_verb::create && x <= record_verb::remove;
}

} // namespace

result<json_value> without_metadata(json_value document, const std::string& id) {
  if (!document.is_object())
    return failure(errc::invalid_argument, "a record must be a JSON object");
  if (const auto own = document.find("id"); own != document.end()) {
    if (!own->is_string() || own->get_ref<const std::string&>() != id)
      return failure(errc::invalid_argument, "/id: must be '" + id + "', or left out");
  }
  json_value::object_t fields;
  auto& ordered = static_cast<json_value::object_t::Container&>(fields);
  for (auto& [name, value] : document.get_ref<json_value::object_t&>())
    if (!is_record_member(name))
      ordered.emplace_back(name, std::move(value));
  return json_value(std::move(fields));
}

json_value with_metadata(const record& x) {
  return read_own_json(record_json(x));
}

std::string fingerprint_of(const change_record& x) {
  hash_pair hash;
  add(hash, x);
  return hash.text();
}

std::string fingerprint_of(const change_records& x) {
  hash_pair hash;
  for (const auto& change : x.changes)
    add(hash, change);
  return hash.text();
}

collection_rules::collection_rules(collection_settings settings,
                                   std::optional<record_schema> schema)
    : settings_{std::move(settings)},
      schema_{std::move(schema)} {}

result<collection_rules> collection_rules::make(collection_settings settings) {
  if (settings.schema.empty())
    return collection_rules{std::move(settings), std::nullopt};
  auto schema = record_schema::compile(settings.schema);
  if (!schema)
    return tl::unexpected<error>{schema.error()};
  return collection_rules{std::move(settings), std::move(*schema)};
}

bool collection_rules::knows_field(std::string_view path) const {
  return is_record_member(path) || !schema_ || schema_->knows_field(path);
}

result<void> collection_rules::check_condition(const change_record& x) const {
  const auto kind = x.condition.kind;
  if (kind > condition_kind::version)
    return failure(errc::invalid_argument, "an unknown kind of condition");
  if (kind == condition_kind::version && x.condition.version == 0)
    return failure(errc::invalid_argument, "no record has version 0");
  if (x.verb == record_verb::create) {
    if (kind == condition_kind::present || kind == condition_kind::version)
      return failure(errc::invalid_argument, "what is created cannot be there before");
    return {};
  }
  if (kind == condition_kind::absent && x.verb != record_verb::put)
    return failure(errc::invalid_argument, "what is patched or removed must be there");
  if (kind == condition_kind::none && settings_.require_condition)
    return failure(errc::precondition_required, "'" + settings_.name
                                                  + "' takes this only with a condition: the "
                                                    "version that is changed, or that there is "
                                                    "one, or none");
  return {};
}

result<checked_change> collection_rules::check(const change_record& x,
                                               const std::string& new_id) const {
  if (!is_known(x.verb))
    return failure(errc::invalid_argument, "an unknown verb");
  if (x.id.empty() ? x.verb != record_verb::create : !is_record_id(x.id))
    return failure(errc::invalid_argument,
                   "an id has 1 to " + std::to_string(limits::record_id_bytes_max)
                     + " letters, digits, '-', '.', '_' or '~', and is neither '.' nor '..'");
  if (auto checked = check_condition(x); !checked)
    return tl::unexpected<error>{checked.error()};
  checked_change change{x.collection, x.id, x.verb, x.condition, {}, nullptr};
  if (x.verb == record_verb::remove) {
    if (!x.body.empty())
      return failure(errc::invalid_argument, "removing takes no body");
    return change;
  }
  const auto bytes_max = settings_.record_max + body_margin;
  auto body = x.verb == record_verb::json_patch ? read_json(x.body, bytes_max)
                                                : read_json_object(x.body, bytes_max);
  if (!body)
    return tl::unexpected<error>{body.error()};
  if (x.verb == record_verb::merge_patch || x.verb == record_verb::json_patch) {
    change.patch = std::make_shared<const json_value>(std::move(*body));
    return change;
  }
  if (x.verb == record_verb::create)
    change.condition = {condition_kind::absent, 0};
  if (change.id.empty()) {
    const auto own = body->find("id");
    change.id = own != body->end() && own->is_string() ? own->get<std::string>() : new_id;
    if (!is_record_id(change.id))
      return failure(errc::invalid_argument, "/id: this cannot be an id");
  }
  auto fields = fields_of(std::move(*body), change.id);
  if (!fields)
    return tl::unexpected<error>{fields.error()};
  change.fields = std::move(*fields);
  return change;
}

result<std::string> collection_rules::patched(const checked_change& x, const record& before,
                                              patch_work& work) const {
  if (before.version == 0) {
    if (x.condition.kind == condition_kind::none)
      return failure(errc::unknown_record, "there is no record " + named(x.collection, x.id));
    return failure(errc::precondition_failed, "there is no record " + named(x.collection, x.id));
  }
  if (!holds(x.condition, before.version))
    return failure(errc::precondition_failed, named(x.collection, x.id) + " has version "
                                                + std::to_string(before.version) + ", not "
                                                + std::to_string(x.condition.version));
  auto document = with_metadata(before);
  if (x.verb == record_verb::merge_patch)
    return fields_of(merge_patched(std::move(document), *x.patch), x.id);
  auto patched = json_patched(std::move(document), *x.patch, work);
  if (!patched)
    return tl::unexpected<error>{patched.error()};
  if (!patched->is_object())
    return failure(errc::patch_failed, "the record would be no JSON object any more");
  return fields_of(std::move(*patched), x.id);
}

result<std::string> collection_rules::fields_of(json_value document, const std::string& id) const {
  auto fields = without_metadata(std::move(document), id);
  if (!fields)
    return tl::unexpected<error>{fields.error()};
  if (json_values(*fields) > json_values_max)
    return failure(errc::payload_too_large,
                   "the record has more than " + std::to_string(json_values_max) + " values");
  auto text = json_text(*fields);
  if (text.size() > settings_.record_max)
    return failure(errc::payload_too_large, "the record has " + std::to_string(text.size())
                                              + " bytes, '" + settings_.name + "' takes at most "
                                              + std::to_string(settings_.record_max));
  if (!schema_)
    return text;
  std::string problems;
  for (const auto& line : schema_->violations(*fields, id))
    problems += (problems.empty() ? "" : "\n") + line;
  if (!problems.empty())
    return failure(errc::invalid_record, std::move(problems));
  return text;
}

} // namespace troupe
