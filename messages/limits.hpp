// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>

/// Every bound that holds whatever the configuration says. Reaching one is an error that names it.
namespace troupe::limits {

/// Largest payload or result a queue may be configured to take. Messages stay small because one
/// connection carries them one after another, heartbeats among them.
inline constexpr std::size_t payload_bytes_max = 1024 * 1024;

/// Jobs in one `enqueue_jobs`, ids in one `get_jobs`, rows in one listing.
inline constexpr std::size_t batch_jobs_max = 10'000;

/// Payload bytes in one `enqueue_jobs`.
inline constexpr std::size_t batch_bytes_max = 4 * 1024 * 1024;

/// Tags of a job, bytes of a tag; jobs that one search for a text looks at.
inline constexpr std::size_t job_tags_max = 10;
inline constexpr std::size_t job_tag_bytes_max = 80;
inline constexpr std::size_t job_search_max = 10'000;

/// Longest `traceparent` that is kept.
inline constexpr std::size_t trace_parent_bytes_max = 64;

/// Bytes of payload or result after which a batch of many jobs is cut into several messages.
inline constexpr std::size_t message_bytes_max = 512 * 1024;

/// Job events a dispatcher remembers for its readers.
inline constexpr std::size_t events_max = 16'384;

/// Readers that may wait for events at one dispatcher.
inline constexpr std::size_t event_readers_max = 2048;

/// Calls that may wait at one dispatcher for a job to lease, or for a job to end.
inline constexpr std::size_t pulls_max = 10'000;
inline constexpr std::size_t job_waits_max = 10'000;

/// Jobs in one `pull_jobs`, names of pull workers that are known at a time, and the longest name.
inline constexpr std::size_t pull_jobs_max = 100;
inline constexpr std::size_t pull_workers_max = 10'000;
inline constexpr std::size_t caller_pull_workers_max = 2'000; // of one caller
inline constexpr std::size_t pull_worker_bytes_max = 64;

/// Names of pull workers that a database keeps; then those that took no job for longest go, and
/// those that took none for `pull_name_days` days go anyway.
inline constexpr std::size_t pull_names_max = 20'000;
inline constexpr int pull_name_days = 90;

/// Requests and bytes in one transaction of the storage engine; more go into the next one.
inline constexpr std::size_t transaction_operations_max = 4096;
inline constexpr std::size_t transaction_bytes_max = 16 * 1024 * 1024;

/// Longest error text kept of a failed attempt; the rest is cut off.
inline constexpr std::size_t error_bytes_max = 8 * 1024;

/// Longest text a handler may report as its progress.
inline constexpr std::size_t progress_bytes_max = 1024;

/// Characters of a record's id, and of an idempotency key.
inline constexpr std::size_t record_id_bytes_max = 200;
inline constexpr std::size_t idempotency_key_bytes_max = 200;

/// Caller and collection of idempotency keys; bytes of the answers that are kept for one such
/// scope: then the oldest go.
inline constexpr std::size_t idempotency_scope_bytes_max = 400;
inline constexpr std::size_t idempotency_bytes_max = 64 * 1024 * 1024;

/// Largest record a collection may be configured to take, as JSON. Twice this, before and after,
/// fits into the payload of a hook's job.
inline constexpr std::size_t record_bytes_max = 384 * 1024;

/// How deep the JSON of a record or a patch may be nested.
inline constexpr std::size_t json_depth_max = 64;

/// Records or changes in one request, and in one page of a list.
inline constexpr std::size_t batch_records_max = 1000;
inline constexpr std::size_t page_records_max = 1000;
inline constexpr std::size_t page_records_default = 100;

/// Bytes of a filter, a search or a list of fields, and of a cursor; steps of a filter, keys of a
/// sort order.
inline constexpr std::size_t query_bytes_max = 4 * 1024;
inline constexpr std::size_t cursor_bytes_max = 16 * 1024;
inline constexpr std::size_t filter_steps_max = 100;
inline constexpr std::size_t sort_keys_max = 8;

/// Words and phrases of a search, parts of them that the index looks up, and how deep parentheses
/// may be nested.
inline constexpr std::size_t search_words_max = 64;
inline constexpr std::size_t search_parts_max = 512;
inline constexpr std::size_t search_depth_max = 16;

/// What a configuration may declare.
inline constexpr std::size_t collections_max = 100;
inline constexpr std::size_t collection_fields_max = 16; // indexes, and searched fields
inline constexpr std::size_t schema_bytes_max = 256 * 1024;

/// Keys of a shard that its next owner is told to load.
inline constexpr std::size_t warm_keys_max = 64;

/// Most read keys that a cache tells of.
inline constexpr std::size_t hot_keys_max = 20;

/// Requests that wait in a cache for the database; more are refused as `overloaded`.
inline constexpr std::size_t cache_requests_max = 100'000;

/// Lists and searches that may wait at one repository, those that run included: of one caller, and
/// of all; and other reads.
inline constexpr std::size_t caller_lists_max = 64;
inline constexpr std::size_t lists_max = 1024;
inline constexpr std::size_t point_reads_max = 20'000;

/// Readers that may wait for changes at one repository.
inline constexpr std::size_t change_readers_max = 4096;

/// Tokens, for every gateway keeps all of them.
inline constexpr std::size_t tokens_max = 1000;

/// Sessions of browsers, which every gateway keeps, too: of one token, and of all.
inline constexpr std::size_t token_sessions_max = 10;
inline constexpr std::size_t sessions_max = 2000;

/// Scopes of a token, and bytes of a scope.
inline constexpr std::size_t token_scopes_max = 50;
inline constexpr std::size_t scope_bytes_max = 120;

/// Longest name of a node, a queue or a handler.
inline constexpr std::size_t name_bytes_max = 80;

/// Members of a cluster, and names that the actors of one node may register.
inline constexpr std::size_t nodes_max = 1000;
inline constexpr std::size_t node_names_max = 100;

/// Jobs that wait in a dispatcher's memory until a worker is free for them alone.
inline constexpr std::size_t suspects_max = 1000;

/// Longest reason why a worker cannot start a handler.
inline constexpr std::size_t reason_bytes_max = 400;

/// Deliveries a job's history remembers; older ones are dropped.
inline constexpr std::size_t history_max = 32;

/// Job priorities: 0..9, 9 first.
inline constexpr std::uint8_t priority_max = 9;
inline constexpr std::uint8_t priority_default = 5;

} // namespace troupe::limits
