// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "actors/collection_rules.hpp"
#include "actors/utf8.hpp"
#include "messages/limits.hpp"
#include "tests/fuzz/target.hpp"

/// A change of a record as a stranger may ask for it: verb and condition are a byte each, the id is
/// the first line, the body the rest.
namespace record_change_target {

using namespace troupe;
using fuzz::require;

namespace {

constexpr std::string_view schema = R"({
  "type": "object",
  "properties": {"id": {"type": "string", "maxLength": 40},
                 "title": {"type": "string", "maxLength": 20},
                 "count": {"type": "integer", "minimum": 0},
                 "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": true}},
  "required": ["title"]
})";

const collection_rules& rules_of(bool strict) {
  const auto make = [](std::string text, bool condition) {
    collection_settings settings;
    settings.name = "notes";
    settings.schema = std::move(text);
    settings.require_condition = condition;
    settings.record_max = 2048;
    return collection_rules::make(std::move(settings)).value();
  };
  static const std::array all{make("", false), make(std::string{schema}, true)};
  return all[strict ? 1 : 0];
}

void check_fields(const collection_rules& rules, const std::string& fields) {
  require(fields.size() <= rules.settings().record_max, "a record is within its limit");
  const auto read = read_own_json(fields);
  require(read.is_object(), "a record is an object");
  require(json_text(read) == fields, "a record is kept as it is told");
  require(json_values(read) <= json_values_max, "a record has no more values than may be");
  for (const auto* name : {"id", "version", "created_at", "updated_at"})
    require(!read.contains(name), "a record's fields are without what it has beside them");
}

void run(std::string_view bytes) {
  change_record x;
  x.collection = "notes";
  x.verb = static_cast<record_verb>(fuzz::take_number(bytes) % 8);
  const auto kind = fuzz::take_number(bytes);
  x.condition = {static_cast<condition_kind>(kind % 5), kind / 16, 0};
  x.id = fuzz::take_line(bytes);
  x.body = bytes;
  require(fingerprint_of(x) == fingerprint_of(x), "a request has one fingerprint");

  const record before{
    x.id, 3, {}, {}, R"({"title":"a/b~c","count":1,"tags":["x",["y"],{"z":null}]})"};
  for (const bool strict : {false, true}) {
    const auto& rules = rules_of(strict);
    const auto checked = rules.check(x, "made-up");
    if (!checked) {
      require(is_utf8(checked.error().text), "an error's text is UTF-8");
      continue;
    }
    require(is_record_id(checked->id), "a change that is taken has an id");
    if (checked->verb == record_verb::remove)
      continue;
    if (!checked->is_patch()) {
      check_fields(rules, checked->fields);
      continue;
    }
    patch_work work;
    const auto patched = rules.patched(*checked, before, work);
    if (patched)
      check_fields(rules, *patched);
    else
      require(is_utf8(patched.error().text), "an error's text is UTF-8");
  }
}

const fuzz::known_target known{"record_change", run};

} // namespace

} // namespace record_change_target
