// SPDX-License-Identifier: Apache-2.0
#include <caf/error.hpp>
#include <optional>
#include <string>
#include <vector>

#include "actors/cache_shards.hpp"
#include "actors/shard_directory.hpp"
#include "actors/shard_table.hpp"
#include "messages/error_category.hpp"
#include "messages/interfaces.hpp"
#include "node/wire_probe.hpp"
#include "tests/fuzz/shown.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/wire/wire_types.hpp"

/// A message as it comes from another node: its type's name and its value, as CAF writes them.
namespace wire_target {

using namespace troupe;
using fuzz::require;

namespace {

/// Shows what a message holds if it is of this type.
template <class T, class Show>
void if_one(const caf::message& message, Show show) {
  if (message.match_elements<T>())
    show(message.get_as<T>(0));
}

template <class T>
void show_one(const caf::message& message) {
  if_one<T>(message, [](const T& x) { fuzz::show(x); });
}

void show_errors(const caf::message& message) {
  if_one<caf::error>(message, [](const caf::error& x) {
    const auto why = from_caf(x);
    require(!name_of(why.code).empty(), "an error has a name");
    require(from_caf(to_caf(why)).code == why.code, "an error keeps its code");
  });
}

void show(const caf::message& message) {
  show_one<job>(message);
  show_one<queue_info>(message);
  show_one<worker_info>(message);
  show_one<node_info>(message);
  show_one<record>(message);
  show_one<record_change>(message);
  show_one<stored_collection>(message);
  show_one<cache_described>(message);
  show_one<queues_counted>(message);
  show_one<commits_counted>(message);
  const auto each = [](const auto& all) {
    for (const auto& x : all)
      fuzz::show(x);
  };
  if_one<jobs_found>(message, [&](const jobs_found& x) { each(x.jobs); });
  if_one<queues_listed>(message, [&](const queues_listed& x) { each(x.queues); });
  if_one<workers_listed>(message, [&](const workers_listed& x) { each(x.workers); });
  if_one<nodes_listed>(message, [&](const nodes_listed& x) { each(x.nodes); });
  if_one<changes_read>(message, [&](const changes_read& x) { each(x.changes); });
  if_one<caches_listed>(message, [&](const caches_listed& x) { each(x.caches); });
  if_one<records_page>(message, [&](const records_page& x) { each(x.records); });
  show_errors(message);
}

/// Messages about shards, to those who count on them.
void take(const caf::message& message) {
  constexpr shard_table::time_point now{std::chrono::hours{1}};
  if_one<shard_map>(message, [](const shard_map& x) {
    shard_directory directory;
    directory.learn(x);
    directory.find("notes", "a");
  });
  if_one<shards_renewed>(message, [&](const shards_renewed& x) {
    cache_shards shards;
    shards.renew(x, now);
    for (const auto& each : shards.held())
      require(shards.may_answer(each.shard, each.epoch, now)
                || !shards.may_answer(each.shard, each.epoch, now + std::chrono::hours{24}),
              "a lease ends");
  });
  shard_table table{{}};
  if_one<shards_stored>(message, [&](const shards_stored& x) {
    table.load(
      x, [](const owner_id&) { return false; }, now);
  });
  if_one<renew_shards>(message, [&](const renew_shards& x) {
    table.renew(x, now);
    table.next_claim(now + std::chrono::minutes{1});
    table.expire(now + std::chrono::hours{1});
  });
}

void run(std::string_view bytes) {
  static test::fixture stage;
  const test::wire_bytes given{bytes.begin(), bytes.end()};
  const auto message = test::decode(stage.system, given);
  if (message) {
    const auto written = test::encode(stage.system, *message);
    const auto again = test::decode(stage.system, written);
    require(again.has_value(), "what was written can be read");
    require(test::encode(stage.system, *again) == written, "what was read is written as it was");
    show(*message);
    take(*message);
  }
  const auto version = find_wire_identifier(std::string{bytes});
  require(version.size() <= bytes.size(), "a version is a part of a handshake");
}

const fuzz::known_target known{"wire", run};

} // namespace

} // namespace wire_target
