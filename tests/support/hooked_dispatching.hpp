// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "tests/support/dispatching.hpp"

namespace troupe::test {

/// A dispatcher with two collections: "photos" has hooks to queue "q", "albums" has none. The owner
/// of all keys has epoch 1.
struct hooked : dispatching {
  hooked() {
    options.hooks["photos"] = {"q", "q", "q"};
    collection_declaration photos, albums;
    photos.name = "photos";
    photos.hooks = options.hooks["photos"];
    albums.name = "albums";
    REQUIRE(ask<caf::ok_atom>(storage, declare_collections{{photos, albums}}));
    claim_shards claim{{"s1", 1, 0}, {}};
    for (std::uint32_t i = 0; i < key_shards; ++i)
      claim.shards.push_back(i);
    REQUIRE(ask<shards_stored>(storage, claim));
  }

  static record_write put(std::string collection, std::string id, write_condition when = {}) {
    return {std::move(collection), std::move(id), false, R"({"a":1})", when, 1, 0};
  }

  write_records writes(std::vector<record_write> all) {
    write_records result;
    result.now = now();
    result.writes = std::move(all);
    return result;
  }

  finish_step step_of(const scripted& worker, lease_key lease, std::vector<record_write> records,
                      std::vector<enqueue_jobs> jobs = {}) {
    return {worker.id,
            1,
            {lease, outcome_kind::succeeded, end_reason::none, "out", milliseconds{-1}},
            writes(std::move(records)),
            std::move(jobs)};
  }

  result<step_stored> commit(const scripted& worker, lease_key lease,
                             std::vector<record_write> records,
                             std::vector<enqueue_jobs> jobs = {}) {
    return ask<step_stored>(boss, step_of(worker, lease, std::move(records), std::move(jobs)));
  }

  std::size_t records(const std::string& collection) {
    return disk->data.records.collections.at(collection).records.size();
  }
};

} // namespace troupe::test
