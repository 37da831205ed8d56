// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "messages/record_storage.hpp"
#include "messages/requests.hpp"

namespace troupe {

// -- reading -------------------------------------------------------------------------------------

/// Read records by id, at most `limits::batch_records_max`.
struct get_records {
  std::string collection;
  std::vector<std::string> ids;
  /// If the owner cannot answer for sure, one that was seen this recently will do; 0: never. Such
  /// an answer is marked `stale`.
  milliseconds max_stale{0};

  bool operator==(const get_records&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, get_records& x) {
  return f(x.collection, x.ids, x.max_stale);
}

/// Where an answer came from.
enum class cache_status : std::uint8_t {
  hit = 1,   ///< the owner's memory
  miss,      ///< the database
  coalesced, ///< the database, asked by somebody else at the same time
  stale,     ///< the memory of an owner that is not sure; see `get_records::max_stale`
};

std::string to_string(cache_status x);

struct found_record {
  record value; ///< version 0: there is none
  cache_status status = cache_status::hit;
  milliseconds age{0}; ///< since it was read from the database or written; of a stale one

  bool operator==(const found_record&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, found_record& x) {
  return f(x.value, x.status, x.age);
}

/// One answer an id, in the order of the request.
struct records_found {
  std::vector<found_record> records;
  database_generation generation = 0;

  bool operator==(const records_found&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, records_found& x) {
  return f(x.records, x.generation);
}

/// List, filter, sort and search. docs/records.md has the languages of filter, sort and search.
struct list_records {
  std::string collection;
  std::string filter;         ///< e.g. `state = "ready" and size > 1000`
  std::string sort;           ///< e.g. `-created_at,title`; empty: by id, or best match first
  std::string fields;         ///< e.g. `title,author.name`: only these, and the id; empty: all
  std::string search;         ///< words
  std::string cursor;         ///< `next` of the page before; empty: the first page
  std::uint32_t limit = 0;    ///< 1 to `limits::page_records_max`; 0: `page_records_default`
  bool count = false;         ///< count all that match
  std::uint64_t at_least = 0; ///< the page must hold all changes up to here
  read_terms terms{};

  bool operator==(const list_records&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_records& x) {
  return f(x.collection, x.filter, x.sort, x.fields, x.search, x.cursor, x.limit, x.count,
           x.at_least, x.terms);
}

struct records_page {
  std::vector<record> records;
  std::string next;           ///< cursor of the next page; empty: this is the last one
  std::uint64_t count = 0;    ///< if asked for
  std::uint64_t sequence = 0; ///< the page holds all changes up to here
  database_generation generation = 0;

  bool operator==(const records_page&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, records_page& x) {
  return f(x.records, x.next, x.count, x.sequence, x.generation);
}

// -- changing ------------------------------------------------------------------------------------

enum class record_verb : std::uint8_t {
  create = 1,  ///< a new record; refused as `precondition_failed` if the id is taken
  put,         ///< create or replace
  merge_patch, ///< RFC 7396
  json_patch,  ///< RFC 6902
  remove,
};

std::string to_string(record_verb x);

/// Change one record. Answered when it is durable (R1).
struct change_record {
  std::string collection;
  std::string id; ///< empty, for `create` only: the service makes one (UUIDv7)
  record_verb verb = record_verb::put;
  std::string body; ///< JSON; empty for `remove`
  write_condition condition;
  /// Not empty: repeating the same request under this key changes nothing more and gets the same
  /// answer. Kept for a day, of each caller and collection `limits::idempotency_bytes_max`.
  std::string idempotency_key;
  std::string trace_parent{}; ///< for the hook's job; as in `new_job`
  std::string caller{};       ///< whose key it is

  bool operator==(const change_record&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, change_record& x) {
  return f(x.collection, x.id, x.verb, x.body, x.condition, x.idempotency_key, x.trace_parent,
           x.caller);
}

struct record_changed {
  change_kind kind = change_kind::created;
  record value;               ///< as it is now; of a removed one the id, with version 0
  std::uint64_t sequence = 0; ///< of the change: lists that are asked `at_least` this show it
  bool replayed = false;      ///< the answer to an earlier request with the same idempotency key
  job_id job = 0;             ///< of the hook; 0: none
  database_generation generation = 0;

  bool operator==(const record_changed&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, record_changed& x) {
  return f(x.kind, x.value, x.sequence, x.replayed, x.job, x.generation);
}

/// Change several records, of any collections: all of them or none (R4). A key may be named once.
/// At most `limits::batch_records_max`.
struct change_records {
  std::vector<change_record> changes; ///< their idempotency keys must be empty
  std::string idempotency_key;
  std::string trace_parent{}; ///< for the hooks' jobs; those of the changes count for nothing
  std::string caller{};       ///< whose key it is; those of the changes count for nothing

  bool operator==(const change_records&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, change_records& x) {
  return f(x.changes, x.idempotency_key, x.trace_parent, x.caller);
}

struct change_outcome {
  std::uint16_t code = 0; ///< an `errc`: why this one was refused
  std::string text;
  record_changed changed; ///< if the batch was committed

  bool operator==(const change_outcome&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, change_outcome& x) {
  return f(x.code, x.text, x.changed);
}

/// One outcome a change, in their order.
struct records_changed {
  bool committed = false; ///< false: at least one has a code, and nothing was changed
  std::vector<change_outcome> outcomes;

  bool operator==(const records_changed&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, records_changed& x) {
  return f(x.committed, x.outcomes);
}

// -- a job's atomic step -------------------------------------------------------------------------

/// What a handler wants to happen together with the end of its job.
struct job_step {
  std::vector<change_record> changes; ///< without idempotency keys
  std::vector<enqueue_jobs> jobs;

  bool operator==(const job_step&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, job_step& x) {
  return f(x.changes, x.jobs);
}

/// A worker ends a delivery with a step: completion, records and jobs commit together, under the
/// lease's epoch (F24), or not at all.
struct commit_step {
  worker_id worker;
  std::uint32_t capacity = 0; ///< as in `finish_jobs`
  job_outcome outcome;        ///< kind `succeeded`
  job_step step;

  bool operator==(const commit_step&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, commit_step& x) {
  return f(x.worker, x.capacity, x.outcome, x.step);
}

struct step_committed {
  bool lost = false;      ///< the lease is somebody else's: nothing was changed
  std::uint16_t code = 0; ///< an `errc`: why the step was refused; the lease goes on
  std::string text;

  bool operator==(const step_committed&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, step_committed& x) {
  return f(x.lost, x.code, x.text);
}

/// The same from the record service to the dispatcher, with the writes checked and addressed.
/// Answered with `step_stored`.
struct finish_step {
  worker_id worker;
  std::uint32_t capacity = 0;
  job_outcome outcome;
  write_records writes;
  std::vector<enqueue_jobs> jobs;

  bool operator==(const finish_step&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, finish_step& x) {
  return f(x.worker, x.capacity, x.outcome, x.writes, x.jobs);
}

// -- looking -------------------------------------------------------------------------------------

struct list_collections {
  bool operator==(const list_collections&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_collections&) {
  return f();
}

/// The collections that are declared, as the database knows them.
struct collections_listed {
  std::vector<stored_collection> collections;
  database_generation generation = 0;

  bool operator==(const collections_listed&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, collections_listed& x) {
  return f(x.collections, x.generation);
}

} // namespace troupe
