// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_records.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "persistence/idempotency.hpp"
#include "persistence/storage_engine.hpp"
#include "tests/support/memory_select.hpp"

namespace troupe::test {

namespace {

constexpr std::uint16_t code(errc x) {
  return static_cast<std::uint16_t>(x);
}

const std::string& hook_of(const record_hooks& hooks, change_kind kind) {
  return kind == change_kind::created   ? hooks.on_create
         : kind == change_kind::updated ? hooks.on_update
                                        : hooks.on_delete;
}

bool is_sound(const write_records& request) {
  std::set<record_key> keys;
  for (const auto& x : request.writes)
    if (!is_record_id(x.id) || !keys.insert({x.collection, x.id}).second
        || (!x.remove && x.fields.find('\0') != std::string::npos)
        || (!x.remove && !nlohmann::json::parse(x.fields, nullptr, false).is_object()))
      return false;
  return request.idempotency_key.size() <= limits::idempotency_key_bytes_max
         && request.idempotency_scope.size() <= limits::idempotency_scope_bytes_max;
}

records_written refuse_all(const write_records& request, errc why) {
  records_written answer;
  answer.code = code(why);
  for (const auto& write : request.writes) {
    auto& x = answer.results.emplace_back();
    x.code = answer.code;
    x.before.id = write.id;
    x.after.id = write.id;
  }
  return answer;
}

tl::unexpected<error> unknown(const std::string& collection) {
  return failure(errc::unknown_collection, "there is no collection '" + collection + "'");
}

std::size_t page_of(std::uint32_t limit) {
  return limit == 0 ? limits::page_records_default
                    : std::min<std::size_t>(limit, limits::page_records_max);
}

} // namespace

void memory_records::declare(const declare_collections& request) {
  std::set<std::string> names;
  for (const auto& x : request.collections) {
    if (x.name.empty() || x.name.size() > limits::name_bytes_max || !names.insert(x.name).second)
      refuse("no collection can have this name");
    for (const auto* paths : {&x.indexes, &x.search}) {
      if (paths->size() > limits::collection_fields_max
          || std::set(paths->begin(), paths->end()).size() != paths->size())
        refuse("too many fields, or one twice");
      for (const auto& path : *paths)
        if (!is_path(path))
          refuse("no path of a field");
    }
  }
  for (auto& [name, x] : collections)
    x.declared = false;
  for (const auto& x : request.collections) {
    auto& into = collections[x.name];
    into.seen.declaration = x;
    into.declared = true;
  }
}

shards_stored memory_records::claim(const claim_shards& request) {
  shards_stored answer;
  for (const auto number : std::set(request.shards.begin(), request.shards.end())) {
    if (number >= key_shards)
      refuse("no such shard");
    auto& shard = shards[number];
    shard = {number, shard.epoch + 1, request.owner};
    answer.shards.push_back(shard);
  }
  return answer;
}

record_written memory_records::judge(const record_write& write, bool check_epochs) const {
  record_written x;
  x.kind = write.remove ? change_kind::deleted : change_kind::created;
  x.before.id = write.id;
  x.after.id = write.id;
  const auto found = collections.find(write.collection);
  if (found == collections.end() || !found->second.declared) {
    x.code = code(errc::unknown_collection);
    return x;
  }
  const auto& into = found->second;
  x.sequence = into.seen.sequence;
  const auto there = into.records.find(write.id);
  const bool exists = there != into.records.end();
  if (exists) {
    x.before = there->second;
    x.after = x.before;
    if (!write.remove)
      x.kind = change_kind::updated;
  }
  const auto shard = shards.find(shard_of(write.collection, write.id));
  if (check_epochs && (shard == shards.end() || shard->second.epoch != write.epoch))
    x.code = code(errc::not_owner);
  else if (!holds(write.condition, x.before.version) || !is_of(write.condition, generation))
    x.code = code(errc::precondition_failed);
  else if (write.remove && !exists)
    x.code = code(errc::unknown_record);
  return x;
}

void memory_records::apply(const record_write& write, record_written& x, timestamp now) {
  auto& into = collections[write.collection];
  x.sequence = ++into.seen.sequence;
  const auto created_at = x.kind == change_kind::created ? now : x.before.created_at;
  const record after{write.id, x.sequence, created_at, now, write.remove ? "" : write.fields};
  into.changes[x.sequence] = {x.sequence, x.kind, after};
  if (write.remove) {
    into.records.erase(write.id);
    x.after = {write.id, 0, {}, {}, ""};
  } else {
    into.records[write.id] = after;
    x.after = after;
  }
  into.seen.records = into.records.size();
}

records_written memory_records::write(const write_records& request, timestamp now,
                                      bool check_epochs) {
  if (!is_sound(request))
    return refuse_all(request, errc::invalid_argument);
  if (const auto used = keys.find({request.idempotency_scope, request.idempotency_key});
      used != keys.end()) {
    if (used->second.fingerprint != request.fingerprint)
      return refuse_all(request, errc::idempotency_mismatch);
    return used->second.answer;
  }
  records_written answer;
  answer.generation = generation;
  bool allowed = true;
  for (const auto& write : request.writes) {
    const auto& x = answer.results.emplace_back(judge(write, check_epochs));
    allowed = allowed && x.code == 0;
    if (x.code == 0 && write.hook_job == 0
        && !hook_of(collections[write.collection].seen.declaration.hooks, x.kind).empty())
      return refuse_all(request, errc::invalid_argument);
  }
  if (!allowed)
    return answer;
  for (std::size_t i = 0; i < request.writes.size(); ++i) {
    const auto& write = request.writes[i];
    auto& x = answer.results[i];
    apply(write, x, now);
    const auto& queue = hook_of(collections[write.collection].seen.declaration.hooks, x.kind);
    if (queue.empty())
      continue;
    x.job = write.hook_job;
    ready_job job;
    job.id = write.hook_job;
    job.created_at = now;
    job.payload = hook_payload(write.collection, x.kind, x.before, x.after);
    job.trace_parent = request.trace_parent;
    answer.jobs.push_back({queue, job, {}});
  }
  if (!request.idempotency_key.empty())
    keep(request, now, answer);
  return answer;
}

void memory_records::keep(const write_records& request, timestamp now,
                          const records_written& answer) {
  auto kept = answer;
  kept.replayed = true;
  kept.jobs.clear();
  for (auto& x : kept.results)
    x.before = {x.before.id, 0, {}, {}, {}};
  const auto& scope = request.idempotency_scope;
  const auto bytes = kept_bytes(request, answer);
  for (;;) {
    auto oldest = keys.end();
    auto sum = bytes;
    for (auto x = keys.begin(); x != keys.end(); ++x) {
      if (x->first.first != scope)
        continue;
      sum += x->second.bytes;
      if (oldest == keys.end()
          || std::pair{x->second.used_at, x->second.number}
               < std::pair{oldest->second.used_at, oldest->second.number})
        oldest = x;
    }
    if (sum <= limits::idempotency_bytes_max || oldest == keys.end())
      break;
    keys.erase(oldest);
  }
  keys[{scope, request.idempotency_key}] = {request.fingerprint, now, ++keys_used, kept, bytes};
}

records_trimmed memory_records::trim(const trim_records& request) {
  records_trimmed answer;
  if (const auto found = collections.find(request.collection); found != collections.end()) {
    auto& into = found->second;
    auto& changes = into.changes;
    while (answer.changes < request.limit && !changes.empty()
           && changes.begin()->second.value.updated_at < request.changes_before) {
      into.seen.oldest_change = changes.begin()->first + 1;
      changes.erase(changes.begin());
      ++answer.changes;
    }
  }
  std::set<std::tuple<timestamp, std::uint64_t, std::pair<std::string, std::string>>> old;
  for (const auto& [key, x] : keys)
    if (x.used_at < request.keys_before)
      old.emplace(x.used_at, x.number, key);
  for (const auto& [used_at, order, key] : old)
    if (answer.keys < request.limit) {
      keys.erase(key);
      ++answer.keys;
    }
  return answer;
}

collections_read memory_records::read_all() const {
  collections_read answer;
  for (const auto& [name, x] : collections)
    answer.collections.push_back(x.seen);
  answer.generation = generation;
  return answer;
}

shards_stored memory_records::read_shards() const {
  shards_stored answer;
  for (const auto& [number, x] : shards)
    answer.shards.push_back(x);
  return answer;
}

result<records_read> memory_records::read(const read_records& request) const {
  const auto found = collections.find(request.collection);
  if (found == collections.end())
    return unknown(request.collection);
  records_read answer;
  answer.generation = generation;
  answer.sequence = found->second.seen.sequence;
  for (const auto& id : request.ids) {
    const auto there = found->second.records.find(id);
    answer.records.push_back(there == found->second.records.end() ? record{id, 0, {}, {}, ""}
                                                                  : there->second);
  }
  return answer;
}

result<records_queried> memory_records::select(const query_records& request) const {
  const auto found = collections.find(request.collection);
  if (found == collections.end())
    return unknown(request.collection);
  const auto& seen = found->second.seen;
  try {
    auto selected = select_in_memory(request, found->second.records, seen.declaration.search);
    if (request.generation != 0 && request.generation != generation)
      refuse("the cursor belongs to another database");
    records_queried answer;
    answer.generation = generation;
    answer.sequence = seen.sequence;
    answer.count = request.count ? selected.count : 0;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < selected.rows.size(); ++i) {
      auto& row = selected.rows[i];
      bytes += row.value.id.size() + row.value.fields.size();
      if (i == page_of(request.limit) || (i > 0 && bytes > limits::message_bytes_max)) {
        answer.last = selected.rows[i - 1].place;
        break;
      }
      answer.records.push_back(row.value);
    }
    return answer;
  } catch (const storage_error& e) {
    return tl::unexpected{e.why};
  }
}

result<changes_read> memory_records::changes(const read_changes& request) const {
  const auto found = collections.find(request.collection);
  if (found == collections.end())
    return unknown(request.collection);
  changes_read answer;
  const auto& seen = found->second.seen;
  answer.generation = generation;
  answer.next = request.after == latest_change ? seen.sequence : request.after;
  answer.too_old = answer.next + 1 < seen.oldest_change || answer.next > seen.sequence
                   || (request.generation != 0 && request.generation != generation);
  if (answer.too_old)
    return answer;
  std::size_t bytes = 0;
  for (auto x = found->second.changes.upper_bound(answer.next);
       x != found->second.changes.end() && answer.changes.size() < page_of(request.limit); ++x) {
    bytes += x->second.value.id.size() + x->second.value.fields.size();
    if (bytes > limits::message_bytes_max && !answer.changes.empty())
      break;
    answer.changes.push_back(x->second);
    answer.next = x->first;
  }
  return answer;
}

} // namespace troupe::test
