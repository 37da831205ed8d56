// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "messages/read_terms.hpp"
#include "messages/record.hpp"
#include "messages/storage.hpp"

/// What the actors ask of the storage engine about records, batch first; the other half is in
/// messages/storage.hpp. `repository_actor` takes these as messages, `record_transaction` and
/// `record_reader` as calls.
///
/// The store is the last judge of every write: of its condition, and of the epoch of the key's
/// shard, in the transaction that makes the change (R2, R3).
namespace troupe {

// -- collections ---------------------------------------------------------------------------------

/// Queues that get a job when a record changes; empty: none. The job's payload is `hook_payload`.
struct record_hooks {
  std::string on_create;
  std::string on_update;
  std::string on_delete;

  bool operator==(const record_hooks&) const = default;

  bool any() const noexcept {
    return !on_create.empty() || !on_update.empty() || !on_delete.empty();
  }
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, record_hooks& x) {
  return f(x.on_create, x.on_update, x.on_delete);
}

/// What the storage engine must know of a collection.
struct collection_declaration {
  std::string name;
  std::vector<std::string> indexes; ///< fields (paths) to find and sort by quickly
  std::vector<std::string> search;  ///< fields (paths) whose words are in the full-text index
  std::string schema;               ///< JSON Schema, kept for comparison; empty: any object
  record_hooks hooks;

  bool operator==(const collection_declaration&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, collection_declaration& x) {
  return f(x.name, x.indexes, x.search, x.schema, x.hooks);
}

/// Create collections that are new, and bring indexes up to date that changed. Collections that are
/// not named keep their records, but cannot be written. Durable.
struct declare_collections {
  std::vector<collection_declaration> collections;

  bool operator==(const declare_collections&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, declare_collections& x) {
  return f(x.collections);
}

struct read_collections {
  bool operator==(const read_collections&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, read_collections&) {
  return f();
}

struct stored_collection {
  collection_declaration declaration; ///< as it was made last
  std::uint64_t sequence = 0;         ///< of the last change
  std::uint64_t records = 0;
  std::uint64_t oldest_change = 0; ///< the first that was not trimmed; 0: none ever was

  bool operator==(const stored_collection&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, stored_collection& x) {
  return f(x.declaration, x.sequence, x.records, x.oldest_change);
}

/// All collections of the database, by name.
struct collections_read {
  std::vector<stored_collection> collections;
  database_generation generation = 0;

  bool operator==(const collections_read&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, collections_read& x) {
  return f(x.collections, x.generation);
}

// -- shards of keys ------------------------------------------------------------------------------

/// The process and actor that owns shards: several on one node have different numbers.
struct owner_id {
  std::string node;
  std::uint64_t incarnation = 0; ///< of the actor: another one at every start
  std::uint32_t number = 0;

  bool operator==(const owner_id&) const = default;
  auto operator<=>(const owner_id&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, owner_id& x) {
  return f(x.node, x.incarnation, x.number);
}

/// Raise the epochs of shards for a new owner: whatever an older one sends later is refused.
/// Durable, for an epoch must never be given twice.
struct claim_shards {
  owner_id owner;
  std::vector<std::uint32_t> shards;

  bool operator==(const claim_shards&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, claim_shards& x) {
  return f(x.owner, x.shards);
}

struct read_shards {
  bool operator==(const read_shards&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, read_shards&) {
  return f();
}

struct stored_shard {
  std::uint32_t shard = 0;
  std::uint64_t epoch = 0; ///< from 1; only grows
  owner_id owner;

  bool operator==(const stored_shard&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, stored_shard& x) {
  return f(x.shard, x.epoch, x.owner);
}

/// The answer to both: shards that were ever claimed (of those that were asked for), by number.
struct shards_stored {
  std::vector<stored_shard> shards;

  bool operator==(const shards_stored&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, shards_stored& x) {
  return f(x.shards);
}

// -- writes --------------------------------------------------------------------------------------

struct record_write {
  std::string collection;
  std::string id;
  bool remove = false;
  std::string fields; ///< the whole record as it shall be, checked; empty when it is removed
  write_condition condition;
  std::uint64_t epoch = 0; ///< of the key's shard
  /// The id of the hook's job, if there will be one; 0: the writer knows of no hook of the
  /// collection, and is refused if there is one.
  job_id hook_job = 0;

  bool operator==(const record_write&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, record_write& x) {
  return f(x.collection, x.id, x.remove, x.fields, x.condition, x.epoch, x.hook_job);
}

/// Write records: all of them or none (R4). A key may be named once. Durable.
struct write_records {
  timestamp now{};
  std::vector<record_write> writes;
  /// Not empty: if writes under this key were made before, answer as then (but for `before`) and
  /// change nothing. The fingerprint must be the same as then (`idempotency_mismatch`).
  std::string idempotency_key;
  std::string fingerprint;
  std::string trace_parent{}; ///< for the hooks' jobs; as in `new_job`
  /// Whose keys they are: the same key of another scope is another key.
  std::string idempotency_scope{};

  bool operator==(const write_records&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, write_records& x) {
  return f(x.now, x.writes, x.idempotency_key, x.fingerprint, x.trace_parent, x.idempotency_scope);
}

/// What became of one write. Codes: `none`; `precondition_failed`; `unknown_record` (removing what
/// is not there); `not_owner` (the epoch is not current); `unknown_collection`.
struct record_written {
  std::uint16_t code = 0; ///< an `errc`
  change_kind kind = change_kind::created;
  record before;              ///< as it was found; version 0: there was none
  record after;               ///< as it is now; version 0: there is none
  std::uint64_t sequence = 0; ///< of the collection: `after` is what there is as of this number
  job_id job = 0;             ///< of the hook; 0: none

  bool operator==(const record_written&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, record_written& x) {
  return f(x.code, x.kind, x.before, x.after, x.sequence, x.job);
}

/// A job that a write or step stored, ready to be handed out.
struct stored_job {
  std::string queue;
  ready_job job;
  timestamp run_at{}; ///< 1970: now

  bool operator==(const stored_job&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, stored_job& x) {
  return f(x.queue, x.job, x.run_at);
}

/// One result a write, in their order. If any has a code, nothing was changed, and `after` equals
/// `before`. When replayed, the results are those of the first time.
struct records_written {
  std::uint16_t code = 0; ///< about the whole: none, idempotency_mismatch, invalid_argument
  bool replayed = false;
  std::vector<record_written> results;
  std::vector<stored_job> jobs; ///< of the hooks; none when replayed
  database_generation generation = 0;

  bool operator==(const records_written&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, records_written& x) {
  return f(x.code, x.replayed, x.results, x.jobs, x.generation);
}

/// End a delivery, write records and store jobs: all or nothing, and only if the lease is current
/// (F24). Durable.
struct store_step {
  timestamp now{};
  lease_end end;
  write_records writes; ///< its `now` counts for nothing
  std::vector<insert_jobs> jobs;

  bool operator==(const store_step&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, store_step& x) {
  return f(x.now, x.end, x.writes, x.jobs);
}

struct step_stored {
  bool lost = false;       ///< the lease is not the job's current one: nothing was changed
  records_written written; ///< if any result has a code, nothing was changed

  bool operator==(const step_stored&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, step_stored& x) {
  return f(x.lost, x.written);
}

/// Drop what is too old: changes of a collection's feed and remembered idempotency keys. At most
/// `limit` rows of each, oldest first.
struct trim_records {
  std::string collection;
  timestamp changes_before{};
  timestamp keys_before{}; ///< of all collections
  std::uint32_t limit = 0;

  bool operator==(const trim_records&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, trim_records& x) {
  return f(x.collection, x.changes_before, x.keys_before, x.limit);
}

struct records_trimmed {
  std::uint64_t changes = 0;
  std::uint64_t keys = 0;

  bool operator==(const records_trimmed&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, records_trimmed& x) {
  return f(x.changes, x.keys);
}

// -- reading -------------------------------------------------------------------------------------

struct read_records {
  std::string collection;
  std::vector<std::string> ids;

  bool operator==(const read_records&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, read_records& x) {
  return f(x.collection, x.ids);
}

/// One record an id, in their order, of one snapshot; version 0: there is none.
struct records_read {
  std::uint64_t sequence = 0; ///< of the snapshot: it holds all changes up to here
  std::vector<record> records;
  database_generation generation = 0;

  bool operator==(const records_read&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, records_read& x) {
  return f(x.sequence, x.records, x.generation);
}

/// Select records in one snapshot, in order of `sort` and then of the id; of a search without
/// `sort`, best match first. How well a record matches depends on nothing but the record and the
/// search (`search_score`), so that pages stay in step whatever is written between them.
struct query_records {
  std::string collection;
  std::vector<filter_step> filter;
  /// In the language of `read_search`. Empty: no search.
  std::string search;
  std::vector<sort_key> sort;
  std::vector<std::string> after; ///< `last` of the page before; empty: from the start
  std::uint32_t limit = 0;
  bool count = false; ///< count all that match, whatever `after` and `limit` say
  read_terms terms{};
  database_generation generation = 0; ///< of `after`; refused if it is another one's

  bool operator==(const query_records&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, query_records& x) {
  return f(x.collection, x.filter, x.search, x.sort, x.after, x.limit, x.count, x.terms,
           x.generation);
}

struct records_queried {
  std::vector<record> records;
  std::vector<std::string> last; ///< JSON scalars: where the page ends; empty: no more records
  std::uint64_t count = 0;       ///< if asked for
  std::uint64_t sequence = 0;    ///< of the snapshot
  database_generation generation = 0;

  bool operator==(const records_queried&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, records_queried& x) {
  return f(x.records, x.last, x.count, x.sequence, x.generation);
}

/// For `read_changes::after`: the last change that there is.
inline constexpr std::uint64_t latest_change = UINT64_MAX;

/// Read the feed of a collection. When there is nothing after `after`, the repository waits for the
/// next change up to `wait`; the store never waits.
struct read_changes {
  std::string collection;
  std::uint64_t after = 0; ///< 0: from the beginning; `latest_change`: only what comes from now on
  std::uint32_t limit = 0;
  milliseconds wait{0};
  database_generation generation = 0; ///< of `after`

  bool operator==(const read_changes&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, read_changes& x) {
  return f(x.collection, x.after, x.limit, x.wait, x.generation);
}

struct changes_read {
  std::vector<record_change> changes; ///< in order, without a gap; stops before it gets too large
  std::uint64_t next = 0;             ///< ask for what comes after this
  /// It cannot go on from `after`: what comes behind was trimmed, or this is another database, or
  /// an older one, and its last change is before that. List the records, then go on from the list's
  /// sequence.
  bool too_old = false;
  database_generation generation = 0;

  bool operator==(const changes_read&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, changes_read& x) {
  return f(x.changes, x.next, x.too_old, x.generation);
}

} // namespace troupe
