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

/// Bytes of payload or result after which a batch of many jobs is cut into several messages.
inline constexpr std::size_t message_bytes_max = 512 * 1024;

/// Job events a dispatcher remembers for its readers.
inline constexpr std::size_t events_max = 16'384;

/// Readers that may wait for events at one dispatcher.
inline constexpr std::size_t event_readers_max = 256;

/// Requests and bytes in one transaction of the storage engine; more go into the next one.
inline constexpr std::size_t transaction_operations_max = 4096;
inline constexpr std::size_t transaction_bytes_max = 16 * 1024 * 1024;

/// Longest error text kept of a failed attempt; the rest is cut off.
inline constexpr std::size_t error_bytes_max = 8 * 1024;

/// Longest text a handler may report as its progress.
inline constexpr std::size_t progress_bytes_max = 1024;

/// Longest name of a node, a queue or a handler.
inline constexpr std::size_t name_bytes_max = 80;

/// Members of a cluster, and names that the actors of one node may register.
inline constexpr std::size_t nodes_max = 1000;
inline constexpr std::size_t node_names_max = 100;

/// Deliveries a job's history remembers; older ones are dropped.
inline constexpr std::size_t history_max = 32;

/// Job priorities: 0..9, 9 first.
inline constexpr std::uint8_t priority_max = 9;
inline constexpr std::uint8_t priority_default = 5;

} // namespace troupe::limits
