// SPDX-License-Identifier: Apache-2.0
#include "tests/support/record_model.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace troupe::test {

namespace {

bool is_refused(const record_state& before, const record_operation& x) {
  if (x.kind == operation_kind::create)
    return before.present;
  return x.expected != 0 && !(before.exact && before.may_be_at(x.expected));
}

bool may_happen(const record_state& before, const record_operation& x) {
  if (x.expected != 0 && !before.may_be_at(x.expected))
    return false;
  switch (x.kind) {
  case operation_kind::create:
    return !before.present;
  case operation_kind::merge:
  case operation_kind::remove:
    return before.present;
  default:
    return true;
  }
}

} // namespace

std::optional<record_state> record_model::step(const record_state& before,
                                               const record_operation& x) {
  if (x.kind == operation_kind::read)
    return read(before, x);
  switch (x.end) {
  case operation_end::precondition_failed:
    return is_refused(before, x) ? std::optional{before} : std::nullopt;
  case operation_end::unknown_record:
    return before.present ? std::nullopt : std::optional{before};
  case operation_end::done:
    return done(before, x);
  case operation_end::unknown:
    break;
  }
  if (!may_happen(before, x))
    return std::nullopt;
  return changed(before, x, std::max(before.version, x.expected) + 1, false);
}

std::optional<record_state> record_model::read(const record_state& before,
                                               const record_operation& x) {
  if (x.version == 0)
    return before.present ? std::nullopt : std::optional{before};
  if (!before.may_be_at(x.version) || before.value != number_of(x.value))
    return std::nullopt;
  auto after = before;
  after.version = x.version;
  after.exact = true;
  return after;
}

std::optional<record_state> record_model::done(const record_state& before,
                                               const record_operation& x) {
  auto oldest = std::max(before.version, x.expected);
  if (!may_happen(before, x) || x.version <= oldest)
    return std::nullopt;
  if (x.kind != operation_kind::remove && x.created == before.present)
    return std::nullopt;
  auto after = changed(before, x, x.version, true);
  if (x.kind == operation_kind::merge && after.value != number_of(x.merged))
    return std::nullopt;
  return after;
}

record_state record_model::changed(const record_state& before, const record_operation& x,
                                   std::uint64_t version, bool exact) {
  record_state after;
  after.present = x.kind != operation_kind::remove;
  after.exact = exact;
  after.version = version;
  if (x.kind == operation_kind::merge)
    after.value = merge(before.value, x.value);
  else if (after.present)
    after.value = number_of(x.value);
  return after;
}

value_number record_model::merge(value_number before, const std::string& patch) {
  auto [known, fresh] = merged_.try_emplace({before, number_of(patch)}, 0);
  if (fresh) {
    auto value = nlohmann::json::parse(values_[before]);
    value.merge_patch(nlohmann::json::parse(patch));
    known->second = number_of(value.dump());
  }
  return known->second;
}

value_number record_model::number_of(const std::string& value) {
  auto [known, fresh] = numbers_.try_emplace(value, static_cast<value_number>(values_.size()));
  if (fresh)
    values_.push_back(value);
  return known->second;
}

} // namespace troupe::test
