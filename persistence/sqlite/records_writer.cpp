// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/records_writer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "persistence/idempotency.hpp"
#include "persistence/sqlite/record_schema.hpp"
#include "persistence/sqlite/written_collection.hpp"
#include "persistence/storage_engine.hpp"

namespace troupe::sqlite {

namespace {

constexpr std::uint16_t number_of(errc x) {
  return static_cast<std::uint16_t>(x);
}

// The reader of JSON takes a zero byte for the end, and so would SQLite.
bool is_object(const std::string& fields) {
  const auto first = fields.find_first_not_of(" \t\r\n");
  return first != std::string::npos && fields[first] == '{'
         && fields.find('\0') == std::string::npos && nlohmann::json::accept(fields);
}

bool is_sound(const record_write& x) {
  return is_record_id(x.id) && (x.remove || is_object(x.fields));
}

bool is_sound(const write_records& request) {
  if (request.idempotency_key.size() > limits::idempotency_key_bytes_max
      || request.idempotency_scope.size() > limits::idempotency_scope_bytes_max)
    return false;
  if (!std::all_of(request.writes.begin(), request.writes.end(),
                   [](const record_write& x) { return is_sound(x); }))
    return false;
  if (request.writes.size() < 2)
    return true;
  std::set<std::pair<std::string_view, std::string_view>> keys;
  return std::all_of(request.writes.begin(), request.writes.end(), [&](const record_write& x) {
    return keys.emplace(x.collection, x.id).second;
  });
}

} // namespace

/// What a write would do.
struct records_writer::verdict {
  errc code = errc::none;
  change_kind kind = change_kind::created;
  written_collection* collection = nullptr; // null: unknown
  written_collection::found before;
};

records_writer::records_writer(SQLite::Database& db)
    : database_{db},
      catalog_{db},
      keys_{db},
      claim_{db, "INSERT INTO key_shards VALUES (?, 1, ?, ?, ?) ON CONFLICT DO UPDATE "
                 "SET epoch = epoch + 1, node = excluded.node, "
                 "incarnation = excluded.incarnation, number = excluded.number RETURNING epoch"},
      save_{db, "UPDATE collections SET sequence = ?, records = ?, oldest_change = ? "
                "WHERE id = ?"} {}

records_writer::~records_writer() = default;

void records_writer::load() {
  if (loaded_)
    return;
  for (auto& entry : catalog_.all()) {
    auto name = entry.seen.declaration.name;
    collections_.emplace(std::move(name),
                         std::make_unique<written_collection>(database_, std::move(entry)));
  }
  for (const auto& x : catalog_.shards())
    if (x.shard < key_shards)
      epochs_[x.shard] = x.epoch;
  generation_ = catalog_.generation();
  loaded_ = true;
}

void records_writer::finish() {
  for (const auto& [name, collection] : collections_)
    if (collection->take_changed())
      query{save_}
        .with(to_column(collection->seen().sequence))
        .with(to_column(collection->seen().records))
        .with(to_column(collection->seen().oldest_change))
        .with(collection->id())
        .run();
}

void records_writer::abandon() {
  collections_.clear();
  keys_.forget();
  epochs_ = {};
  loaded_ = false;
}

std::optional<std::uint64_t> records_writer::changes() const {
  if (!loaded_)
    return std::nullopt;
  std::uint64_t sum = 0;
  for (const auto& [name, collection] : collections_)
    sum += collection->seen().sequence;
  return sum;
}

written_collection* records_writer::find(const std::string& name) {
  load();
  const auto found = collections_.find(name);
  return found == collections_.end() ? nullptr : found->second.get();
}

void records_writer::declare(const declare_collections& request) {
  finish();
  abandon(); // its statements would keep tables from being dropped
  sqlite::declare(database_, request);
}

shards_stored records_writer::claim(const claim_shards& request) {
  load();
  shards_stored answer;
  for (const auto shard : std::set(request.shards.begin(), request.shards.end())) {
    if (shard >= key_shards)
      throw storage_error{
        {errc::invalid_argument, "there is no shard " + std::to_string(shard) + " of keys"}};
    query row{claim_};
    row.with(shard)
      .with_kept_text(request.owner.node)
      .with(to_column(request.owner.incarnation))
      .with(request.owner.number)
      .next();
    epochs_[shard] = row.as<std::uint64_t>(0);
    answer.shards.push_back({shard, epochs_[shard], request.owner});
  }
  return answer;
}

records_writer::verdict records_writer::judge(const record_write& write) {
  verdict x;
  x.before.value.id = write.id;
  x.kind = write.remove ? change_kind::deleted : change_kind::created;
  x.collection = find(write.collection);
  if (!x.collection || !x.collection->declared()) {
    x.collection = nullptr;
    x.code = errc::unknown_collection;
    return x;
  }
  x.before = x.collection->find(write.id);
  const bool exists = x.before.value.version != 0;
  if (!write.remove && exists)
    x.kind = change_kind::updated;
  const auto epoch = epochs_[shard_of(write.collection, write.id)];
  if (epoch == 0 || write.epoch != epoch)
    x.code = errc::not_owner;
  else if (!holds(write.condition, x.before.value.version) || !is_of(write.condition, generation_))
    x.code = errc::precondition_failed;
  else if (write.remove && !exists)
    x.code = errc::unknown_record;
  return x;
}

records_written records_writer::write(const write_records& request, timestamp now) {
  if (!is_sound(request))
    return refused(request, errc::invalid_argument);
  load();
  if (!request.idempotency_key.empty())
    if (auto before = keys_.find(request)) {
      before->generation = before->replayed ? generation_ : 0;
      return std::move(*before);
    }
  std::vector<verdict> verdicts;
  records_written answer;
  answer.generation = generation_;
  bool allowed = true;
  for (const auto& write : request.writes) {
    const auto& judged = verdicts.emplace_back(judge(write));
    auto& x = answer.results.emplace_back();
    x.code = number_of(judged.code);
    x.kind = judged.kind;
    x.before = judged.before.value;
    x.after = x.before;
    x.sequence = judged.collection ? judged.collection->seen().sequence : 0;
    allowed = allowed && judged.code == errc::none;
    if (judged.collection && !judged.collection->hook(judged.kind).empty() && write.hook_job == 0
        && judged.code == errc::none)
      return refused(request, errc::invalid_argument);
  }
  if (!allowed)
    return answer;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const auto& write = request.writes[i];
    const auto& [unused, kind, collection, before] = verdicts[i];
    auto& x = answer.results[i];
    x.after = {write.id, 0, {}, {}, write.remove ? std::string{} : write.fields};
    collection->apply(before, kind, x.after, now);
    x.sequence = collection->seen().sequence;
    const auto& queue = collection->hook(kind);
    if (queue.empty())
      continue;
    x.job = write.hook_job;
    stored_job hook;
    hook.queue = queue;
    hook.job.id = write.hook_job;
    hook.job.created_at = now;
    hook.job.payload = hook_payload(write.collection, kind, x.before, x.after);
    hook.job.trace_parent = request.trace_parent;
    answer.jobs.push_back(std::move(hook));
  }
  if (!request.idempotency_key.empty())
    keys_.keep(request, now, answer);
  return answer;
}

records_trimmed records_writer::trim(const trim_records& request) {
  records_trimmed answer;
  if (auto* collection = find(request.collection))
    answer.changes = collection->trim(request.changes_before, request.limit);
  answer.keys = keys_.trim(request.keys_before, request.limit);
  return answer;
}

} // namespace troupe::sqlite
