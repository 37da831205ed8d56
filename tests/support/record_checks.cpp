// SPDX-License-Identifier: Apache-2.0
#include "tests/support/record_checks.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/linearizability.hpp"
#include "tests/support/record_player.hpp"

namespace troupe::test {

namespace {

using lines = std::vector<std::string>;

std::string name_of(const played_collection& x, const record_change& change) {
  return fmt::format("{} at {} ({})", history_key(x.name, change.value.id), change.sequence,
                     to_string(change.kind));
}

std::uint64_t total_of(const record& x) {
  return nlohmann::json::parse(x.fields).value("total", std::uint64_t{0});
}

bool counts(const record_operation& x) {
  return x.key == history_key("counters", "c") && x.kind == operation_kind::merge
         && x.value.find("\"total\"") != std::string::npos;
}

void append(lines& to, const lines& more) {
  to.insert(to.end(), more.begin(), more.end());
}

} // namespace

std::vector<std::string> check_feed(const played_collection& x) {
  lines wrong;
  std::map<std::string, record> replayed;
  std::uint64_t last = 0;
  for (const auto& change : x.feed) {
    if (change.sequence != ++last)
      wrong.push_back("R5: " + name_of(x, change) + " does not come after the one before");
    last = change.sequence;
    if (change.value.version != change.sequence)
      wrong.push_back("R5: " + name_of(x, change) + " has another version");
    if ((change.kind == change_kind::created) == replayed.contains(change.value.id))
      wrong.push_back("R5: " + name_of(x, change) + " does not fit the changes before");
    if (change.kind == change_kind::deleted)
      replayed.erase(change.value.id);
    else
      replayed[change.value.id] = change.value;
  }
  lines feed, stored;
  for (const auto& [id, value] : replayed)
    feed.push_back(record_json(value));
  for (const auto& value : x.records)
    stored.push_back(record_json(value));
  std::ranges::sort(feed);
  std::ranges::sort(stored);
  if (feed != stored)
    wrong.push_back(fmt::format("R5: the feed of {} does not give its records", x.name));
  return wrong;
}

std::vector<std::string> check_acknowledged(const played_collection& x,
                                            const std::vector<record_operation>& history) {
  lines wrong;
  std::map<std::uint64_t, const record_change*> changes;
  std::map<std::pair<std::string, std::string>, std::size_t> written, asked;
  for (const auto& change : x.feed) {
    changes[change.sequence] = &change;
    if (change.kind != change_kind::deleted)
      ++written[{history_key(x.name, change.value.id), canonical_json(change.value.fields)}];
  }
  for (const auto& operation : history) {
    if (!operation.key.starts_with(x.name + '/') || operation.kind == operation_kind::read)
      continue;
    ++asked[{operation.key, operation.value}];
    if (operation.end != operation_end::done)
      continue;
    auto found = changes.find(operation.version);
    const auto* change = found == changes.end() ? nullptr : found->second;
    const auto& value
      = operation.kind == operation_kind::merge ? operation.merged : operation.value;
    if (change == nullptr || history_key(x.name, change->value.id) != operation.key
        || (change->kind == change_kind::deleted) != (operation.kind == operation_kind::remove)
        || (change->kind != change_kind::deleted && canonical_json(change->value.fields) != value))
      wrong.push_back("R1: acknowledged, but not in the feed: " + to_string(operation));
  }
  if (x.name == "counters") // their values are not what was asked for
    return wrong;
  for (const auto& [what, times] : written)
    if (times > asked[what])
      wrong.push_back(fmt::format("{} was set to {} {} times, and asked for {} times", what.first,
                                  what.second, times, asked[what]));
  return wrong;
}

std::vector<std::string> check_counter(const played_collection& counters,
                                       const std::vector<record_operation>& history) {
  lines wrong;
  std::uint64_t last = 0;
  for (const auto& change : counters.feed) {
    auto total = total_of(change.value);
    if (total < last)
      wrong.push_back(
        fmt::format("the counter went down from {}: {}", last, name_of(counters, change)));
    last = total;
  }
  auto acknowledged = std::ranges::count_if(
    history, [](const record_operation& x) { return counts(x) && x.end == operation_end::done; });
  auto in_doubt = std::ranges::count_if(history, [](const record_operation& x) {
    return counts(x) && x.end == operation_end::unknown;
  });
  auto total = static_cast<std::ptrdiff_t>(last);
  if (total < acknowledged || total > acknowledged + in_doubt)
    wrong.push_back(fmt::format("R1: the counter is at {} after {} increments and {} in doubt",
                                total, acknowledged, in_doubt));
  return wrong;
}

std::vector<std::string> check_pairs(const played_collection& pairs) {
  lines wrong;
  std::map<std::string, std::map<std::string, std::uint64_t>> puts; // by value and id
  for (const auto& change : pairs.feed)
    puts[change.value.fields][change.value.id] = change.sequence;
  for (const auto& [value, halves] : puts)
    if (halves.size() != 2 || halves.at("right") != halves.at("left") + 1)
      wrong.push_back("R4: not put together: " + value);
  return wrong;
}

std::vector<std::string> check_hooks(const played_collection& orders,
                                     const std::vector<std::string>& payloads) {
  std::multiset<std::string> jobs{payloads.begin(), payloads.end()};
  lines wrong;
  for (const auto& change : orders.feed) {
    if (change.kind != change_kind::created)
      continue;
    auto job = jobs.find(hook_payload(orders.name, change_kind::created, {}, change.value));
    if (job == jobs.end())
      wrong.push_back("R4: no job for " + name_of(orders, change));
    else
      jobs.erase(job);
  }
  for (const auto& left : jobs)
    wrong.push_back("R4: a job without its change: " + left);
  return wrong;
}

std::vector<std::string> check_records(const std::vector<played_collection>& collections,
                                       const std::vector<record_operation>& history,
                                       const std::vector<std::string>& payloads) {
  lines wrong;
  if (auto verdict = check_linearizability(history); !verdict)
    wrong.push_back("R2 R3: " + verdict.explanation);
  for (const auto& x : collections) {
    append(wrong, check_feed(x));
    append(wrong, check_acknowledged(x, history));
    if (x.name == "counters")
      append(wrong, check_counter(x, history));
    else if (x.name == "pairs")
      append(wrong, check_pairs(x));
    else if (x.name == "orders")
      append(wrong, check_hooks(x, payloads));
  }
  return wrong;
}

} // namespace troupe::test
