// SPDX-License-Identifier: Apache-2.0
#include "tests/support/record_player.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace troupe::test {

namespace {

operation_kind kind_of(record_verb verb) {
  switch (verb) {
  case record_verb::create:
    return operation_kind::create;
  case record_verb::put:
    return operation_kind::put;
  case record_verb::merge_patch:
    return operation_kind::merge;
  case record_verb::remove:
    return operation_kind::remove;
  default:
    throw std::logic_error{"players do not use this verb"};
  }
}

/// Refusals that may come at any time and say that nothing was changed.
bool changed_nothing(errc code) {
  switch (code) {
  case errc::unavailable:
  case errc::overloaded:
  case errc::queue_full:
  case errc::storage_failed:
  case errc::storage_full:
  case errc::shutting_down:
    return true;
  default:
    return false;
  }
}

} // namespace

std::vector<collection_settings> played_collections() {
  std::vector<collection_settings> result;
  for (const auto* name : {"registers", "versions", "lives", "counters", "pairs", "orders"}) {
    auto& made = result.emplace_back();
    made.name = name;
  }
  result.back().hooks.on_create = order_queue;
  return result;
}

std::string history_key(std::string_view collection, std::string_view id) {
  return fmt::format("{}/{}", collection, id);
}

record_player::record_player(std::uint32_t client, std::uint64_t seed,
                             std::function<std::uint64_t()> clock)
    : client_{client},
      random_{seed},
      clock_{std::move(clock)} {}

// -- what it does ---------------------------------------------------------------------------------

record_request record_player::next() {
  auto draw = below(100);
  auto wanted = draw < 25   ? play_register()
                : draw < 45 ? play_version()
                : draw < 65 ? play_life()
                : draw < 85 ? play_counter()
                : draw < 95 ? play_pair()
                            : play_order();
  open_ = 0;
  if (wanted.changes.empty())
    begin({wanted.read.collection, wanted.read.ids.at(0)}, operation_kind::read, "");
  for (const auto& x : wanted.changes)
    begin({x.collection, x.id}, kind_of(x.verb), x.body.empty() ? "" : canonical_json(x.body),
          x.condition.version);
  if (!wanted.changes.empty() && chance(0.3)) {
    auto& key = wanted.changes.size() == 1 ? wanted.changes.front().idempotency_key
                                           : wanted.idempotency_key;
    key = fmt::format("{}-{}", client_, ++counter_);
  }
  return wanted;
}

record_request record_player::play_register() {
  record_key key{"registers", fmt::format("r{}", below(3))};
  return chance(0.55) ? get(key) : change(key, record_verb::put, fresh_value());
}

record_request record_player::play_version() {
  record_key key{"versions", fmt::format("v{}", below(2))};
  const auto* known = seen(key);
  if (known == nullptr || chance(0.4))
    return get(key);
  if (known->version == 0)
    return change(key, record_verb::create, fresh_value());
  return change(key, chance(0.9) ? record_verb::put : record_verb::remove, fresh_value(),
                known->version);
}

record_request record_player::play_life() {
  record_key key{"lives", fmt::format("l{}", below(2))};
  const auto* known = seen(key);
  if (chance(0.4))
    return get(key);
  if (chance(0.5))
    return change(key, record_verb::create, fresh_value());
  return change(key, record_verb::remove, "", known != nullptr && chance(0.5) ? known->version : 0);
}

record_request record_player::play_counter() {
  record_key key{"counters", "c"};
  const auto* known = seen(key);
  if (known == nullptr || chance(0.2))
    return get(key);
  if (known->version == 0)
    return change(key, record_verb::create, R"({"total":0})");
  if (chance(0.3))
    return change(key, record_verb::merge_patch,
                  fmt::format(R"({{"client{}":{}}})", client_, ++counter_));
  auto total = nlohmann::json::parse(known->fields).at("total").get<std::uint64_t>();
  return change(key, record_verb::merge_patch, fmt::format(R"({{"total":{}}})", total + 1),
                known->version);
}

record_request record_player::play_pair() {
  record_key left{"pairs", "left"}, right{"pairs", "right"};
  if (chance(0.4))
    return get(chance(0.5) ? left : right);
  auto value = fresh_value();
  const auto* known = seen(left);
  auto expected = known != nullptr && chance(0.3) ? known->version : 0;
  auto both = change(left, record_verb::put, value, expected);
  both.changes.push_back(change(right, record_verb::put, value).changes.front());
  return both;
}

record_request record_player::play_order() {
  return change({"orders", fmt::format("o{}-{}", client_, ++counter_)}, record_verb::create,
                fresh_value());
}

record_request record_player::get(const record_key& key) const {
  return {{key.collection, {key.id}, milliseconds{0}}, {}, {}};
}

record_request record_player::change(const record_key& key, record_verb verb, std::string body,
                                     std::uint64_t expected) {
  change_record wanted;
  wanted.collection = key.collection;
  wanted.id = key.id;
  wanted.verb = verb;
  wanted.body = verb == record_verb::remove ? "" : std::move(body);
  if (expected != 0)
    wanted.condition = {condition_kind::version, expected};
  return {{}, {std::move(wanted)}, {}};
}

std::uint64_t record_player::below(std::uint64_t n) {
  return std::uniform_int_distribution<std::uint64_t>{0, n - 1}(random_);
}

bool record_player::chance(double probability) {
  return std::bernoulli_distribution{probability}(random_);
}

std::string record_player::fresh_value() {
  return fmt::format(R"({{"by":"{}-{}"}})", client_, ++counter_);
}

const record* record_player::seen(const record_key& key) const {
  auto known = seen_.find(key);
  return known == seen_.end() ? nullptr : &known->second;
}

// -- what it is told ------------------------------------------------------------------------------

void record_player::begin(const record_key& key, operation_kind kind, std::string value,
                          std::uint64_t expected) {
  record_operation x;
  x.key = history_key(key.collection, key.id);
  x.client = client_;
  x.kind = kind;
  x.value = std::move(value);
  x.expected = expected;
  x.invoked = clock_();
  history_.push_back(std::move(x));
  ++open_;
}

void record_player::end(record_operation& x, operation_end how) {
  x.end = how;
  x.returned = clock_();
}

void record_player::found(const records_found& x) {
  auto& operation = history_.back();
  if (x.records.size() != 1)
    return complain("one record was asked for, and another number came");
  const auto& value = x.records.front().value;
  operation.version = value.version;
  operation.value = value.version == 0 ? "" : canonical_json(value.fields);
  end(operation, operation_end::done);
  auto slash = operation.key.find('/');
  seen_[{operation.key.substr(0, slash), operation.key.substr(slash + 1)}] = value;
}

void record_player::changed(const record_changed& x) {
  end_change(history_.back(), x);
}

void record_player::end_change(record_operation& x, const record_changed& answer) {
  x.created = answer.kind == change_kind::created;
  x.version = answer.sequence;
  auto removed = x.kind == operation_kind::remove;
  if (removed != (answer.kind == change_kind::deleted)
      || answer.value.version != (removed ? 0 : answer.sequence))
    complain("the answer does not fit the change");
  if (x.kind == operation_kind::merge)
    x.merged = canonical_json(answer.value.fields);
  else if (!removed && canonical_json(answer.value.fields) != x.value)
    complain("another value was stored");
  end(x, operation_end::done);
  auto slash = x.key.find('/');
  seen_[{x.key.substr(0, slash), x.key.substr(slash + 1)}] = answer.value;
}

void record_player::changed(const records_changed& x) {
  if (x.outcomes.size() != open_)
    return complain("a batch's outcomes are not as many as its changes");
  auto first = history_.size() - open_;
  for (std::size_t i = 0; i < open_; ++i) {
    auto& operation = history_[first + i];
    const auto& outcome = x.outcomes[i];
    if (x.committed)
      end_change(operation, outcome.changed);
    else if (outcome.code != 0)
      end_failed(operation, static_cast<errc>(outcome.code), outcome.text);
    else
      operation.invoked = never; // it was refused with the others, which says nothing of its record
  }
  std::erase_if(history_, [](const record_operation& y) { return y.invoked == never; });
}

void record_player::end_failed(record_operation& x, errc code, const std::string& text) {
  if (code == errc::precondition_failed && (x.kind == operation_kind::create || x.expected != 0))
    return end(x, operation_end::precondition_failed);
  if (code == errc::unknown_record
      && (x.kind == operation_kind::remove || x.kind == operation_kind::merge))
    return end(x, operation_end::unknown_record);
  if (changed_nothing(code))
    x.invoked = never;
  else if (code != errc::timed_out)
    complain(to_string(error{code, text}));
}

void record_player::failed(const error& why) {
  for (auto i = history_.size() - open_; i < history_.size(); ++i)
    end_failed(history_[i], why.code, why.text);
  std::erase_if(history_, [](const record_operation& x) { return x.invoked == never; });
}

void record_player::complain(const std::string& text) {
  complaints_.push_back(to_string(history_.back()) + ": " + text);
}

} // namespace troupe::test
