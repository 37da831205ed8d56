// SPDX-License-Identifier: Apache-2.0
#include "actors/change_plan.hpp"

#include <algorithm>

namespace troupe {

namespace {

std::string named(const checked_change& x) {
  return "'" + x.collection + "/" + x.id + "'";
}

errc code_of(const record_written& x) {
  return static_cast<errc>(x.code);
}

} // namespace

record_changed changed_of(const record_written& x, bool replayed) {
  record_changed changed{x.kind, x.after, x.sequence, replayed, x.job};
  if (changed.value.version == 0)
    changed.value.id = x.before.id;
  else
    changed.sequence = x.after.version;
  return changed;
}

error refusal_of(const checked_change& x, const record_written& why) {
  const auto code = code_of(why);
  switch (code) {
  case errc::precondition_failed:
    if (why.before.version == 0)
      return {code, "there is no record " + named(x)};
    if (x.condition.kind == condition_kind::absent)
      return {code, named(x) + " exists, with version " + std::to_string(why.before.version)};
    if (why.before.version == x.condition.version)
      return {code, named(x) + " has that version, but of another database than the condition's"};
    return {code, named(x) + " has version " + std::to_string(why.before.version) + ", not "
                    + std::to_string(x.condition.version)};
  case errc::unknown_record:
    return {code, "there is no record " + named(x)};
  case errc::unknown_collection:
    return {code, "the database has no collection '" + x.collection + "'"};
  default:
    return {code, named(x) + " could not be written"};
  }
}

bool lost_race(const checked_change& x, const record_written& why) noexcept {
  return x.is_patch() && x.condition.kind != condition_kind::version
         && code_of(why) == errc::precondition_failed;
}

void change_plan::add(const change_record& request, result<checked_change> checked) {
  const auto position = changes_.size();
  changes_.emplace_back();
  outcomes_.emplace_back();
  conditions_.emplace_back();
  if (!request.idempotency_key.empty()) {
    refuse(position, {errc::invalid_argument,
                      "a change that is one of several has no idempotency key of its own"});
    return;
  }
  if (!checked) {
    refuse(position, checked.error());
    return;
  }
  changes_.back() = std::move(*checked);
  conditions_.back() = changes_.back().condition;
  if (!keys_.insert({changes_.back().collection, changes_.back().id}).second)
    refuse(position,
           {errc::invalid_argument, named(changes_.back()) + " is changed twice in one request"});
}

void change_plan::refuse(std::size_t position, const error& why) {
  outcomes_[position].code = static_cast<std::uint16_t>(why.code);
  outcomes_[position].text = why.text;
  refused_ = true;
}

error change_plan::first_refusal() const {
  for (std::size_t i = 0; i < outcomes_.size(); ++i)
    if (outcomes_[i].code != 0)
      return {static_cast<errc>(outcomes_[i].code),
              "change " + std::to_string(i) + ": " + outcomes_[i].text};
  return {};
}

std::vector<std::uint32_t> change_plan::patches() const {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < changes_.size(); ++i)
    if (changes_[i].is_patch())
      found.push_back(i);
  return found;
}

void change_plan::forget_patches() {
  for (auto& x : outcomes_)
    x = {};
  refused_ = false;
  work_ = {};
}

void change_plan::patch(std::uint32_t position, const collection_rules& rules,
                        const record& before) {
  auto& x = changes_[position];
  auto fields = rules.patched(x, before, work_);
  conditions_[position] = {condition_kind::version, before.version, x.condition.generation};
  if (fields)
    x.fields = std::move(*fields);
  else
    refuse(position, fields.error());
}

bool change_plan::find_owners(const shard_directory& directory, std::string& missing) {
  places_.clear();
  for (const auto& x : changes_) {
    places_.push_back(directory.find(x.collection, x.id));
    if (!places_.back().owner) {
      missing = named(x);
      return false;
    }
  }
  return true;
}

write_records change_plan::writes(timestamp now) const {
  write_records request;
  request.now = now;
  request.idempotency_key = idempotency_key;
  request.idempotency_scope = idempotency_scope;
  request.fingerprint = fingerprint;
  request.trace_parent = trace_parent;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const auto& x = changes_[i];
    const bool remove = x.verb == record_verb::remove;
    auto& write = request.writes.emplace_back();
    write = {x.collection, x.id, remove, x.fields, conditions_[i], places_[i].epoch, 0};
    // Of a refused patch there is nothing to write: the store may still know an earlier answer.
    if (outcomes_[i].code != 0) {
      write.fields = "{}";
      write.condition = impossible;
    }
  }
  return request;
}

change_plan::verdict change_plan::judge(const records_written& x) {
  if (x.results.size() != changes_.size() && !changes_.empty()) {
    refuse(0, {errc::storage_failed, "the database's answer does not fit the request"});
    return verdict::refused;
  }
  const bool failed = std::any_of(x.results.begin(), x.results.end(),
                                  [](const auto& result) { return result.code != 0; });
  if (!failed) {
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      outcomes_[i] = {0, {}, changed_of(x.results[i], x.replayed)};
      outcomes_[i].changed.generation = x.generation;
    }
    refused_ = false;
    return verdict::committed;
  }
  if (refused_)
    return verdict::refused; // nothing was to be replayed
  bool only_races = true;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    if (code_of(x.results[i]) == errc::not_owner)
      return verdict::moved;
    only_races = only_races && (x.results[i].code == 0 || lost_race(changes_[i], x.results[i]));
  }
  if (only_races)
    return verdict::raced;
  for (std::size_t i = 0; i < changes_.size(); ++i)
    if (x.results[i].code != 0)
      refuse(i, refusal_of(changes_[i], x.results[i]));
  return verdict::refused;
}

std::vector<written_key> change_plan::written() const {
  std::vector<written_key> keys;
  for (std::size_t i = 0; i < changes_.size(); ++i)
    keys.push_back(
      {{changes_[i].collection, changes_[i].id, outcomes_[i].changed.sequence}, places_[i]});
  return keys;
}

} // namespace troupe
