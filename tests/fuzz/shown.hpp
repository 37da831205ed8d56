// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "messages/cluster.hpp"
#include "messages/metrics.hpp"
#include "messages/ownership.hpp"
#include "messages/record_storage.hpp"
#include "messages/requests.hpp"
#include "messages/storage.hpp"

/// What is made of values that came from another node or from a file, for callers and people: it
/// must be well-formed whatever is in them. Each throws `std::logic_error` if it is not.
namespace troupe::fuzz {

void show(const job& x);
void show(const queue_info& x);
void show(const worker_info& x);
void show(const node_info& x);
void show(const record& x);
void show(const record_change& x);
void show(const stored_collection& x);
void show(const cache_described& x);
void show(const queues_counted& x);
void show(const commits_counted& x);

} // namespace troupe::fuzz
