// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "actors/record_cache.hpp"

namespace record_cache_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr record_cache::time_point start{};
constexpr std::uint64_t epoch = 5;

record make(std::string id, std::uint64_t version, std::string fields = "{}") {
  return {std::move(id), version, timestamp{1s}, timestamp{2s}, std::move(fields)};
}

record absent(std::string id) {
  return {std::move(id), 0, {}, {}, {}};
}

struct one_shard : record_cache {
  explicit one_shard(std::size_t bytes_max = 1'000'000, milliseconds ttl = 0ms, bool order = true)
      : record_cache{{bytes_max, ttl, order}} {}

  void learn(const record& x, std::uint64_t sequence) { put(x, sequence, 7, epoch, start); }

  /// The version that is known; -1: nothing is.
  long version(const std::string& id) {
    auto known = find(id, epoch, start);
    return known ? static_cast<long>(known->value().version) : -1;
  }
};

std::string key(std::size_t i) {
  auto digits = std::to_string(i);
  return "key-" + std::string(12 - digits.size(), '0') + digits;
}

} // namespace

TEST_CASE("a cache gives back what it was told") {
  one_shard cache;
  const auto value = make("a", 3, R"({"n":1})");
  cache.learn(value, 9);

  auto known = cache.get("a", epoch, start);

  REQUIRE(known);
  CHECK(known->value() == value);
  CHECK_FALSE(cache.get("b", epoch, start));
  CHECK(cache.hits() == 1);
  CHECK(cache.misses() == 1);
}

TEST_CASE("newer knowledge replaces older, whatever comes first") {
  one_shard cache;
  cache.learn(make("a", 3), 9);
  cache.learn(make("a", 2), 9);
  CHECK(cache.version("a") == 3);
  cache.learn(make("a", 4), 9);
  CHECK(cache.version("a") == 4);
  CHECK(cache.entries() == 1);
}

TEST_CASE("absence is newer than what was written before it, and older than what came after") {
  one_shard cache;
  cache.learn(make("a", 3), 3);
  cache.learn(absent("a"), 5);
  CHECK(cache.version("a") == 0);
  cache.learn(make("a", 3), 3);
  CHECK(cache.version("a") == 0);
  cache.learn(make("a", 6), 6);
  cache.learn(absent("a"), 5);
  CHECK(cache.version("a") == 6);
}

TEST_CASE("without the order of versions, what comes last counts") {
  one_shard cache{1'000'000, 0ms, false};
  cache.learn(make("a", 3), 3);
  cache.learn(make("a", 2), 3);
  CHECK(cache.version("a") == 2);
}

TEST_CASE("what was learned under another epoch is not there, and replaced by anything") {
  one_shard cache;
  cache.learn(make("a", 9), 9);
  CHECK_FALSE(cache.get("a", epoch + 1, start));
  CHECK(cache.find_stale("a"));

  cache.put(make("a", 8), 8, 7, epoch + 1, start);

  CHECK(cache.get("a", epoch + 1, start)->stamp == 8);
  CHECK_FALSE(cache.get("a", epoch, start));
}

TEST_CASE("what is older than the time to live is not there") {
  one_shard cache{1'000'000, 10ms};
  cache.learn(make("a", 1), 1);
  CHECK(cache.find("a", epoch, start + 9ms));
  CHECK_FALSE(cache.find("a", epoch, start + 10ms));
}

TEST_CASE("an invalidation drops what is older than its version") {
  one_shard cache;
  cache.learn(make("a", 3), 3);
  cache.learn(absent("b"), 3);
  for (const auto* id : {"a", "b", "c"})
    cache.invalidate(id, 3);
  CHECK(cache.entries() == 2);
  for (const auto* id : {"a", "b", "c"})
    cache.invalidate(id, 4);
  CHECK(cache.entries() == 0);
}

TEST_CASE("a cache never takes more memory than it may, and counts what it takes") {
  std::mt19937_64 random{1};
  one_shard cache{100'000};
  for (std::uint64_t i = 1; i <= 20'000; ++i) {
    cache.learn(make(key(random() % 3000), i, std::string(random() % 500, 'x')), i);
    REQUIRE(cache.bytes() <= cache.bytes_max());
  }
  CHECK(cache.bytes() > 95'000);
  CHECK(cache.evictions() > 1000);
}

TEST_CASE("what is larger than the whole cache is not kept, nor what was known before") {
  one_shard cache{2000};
  cache.learn(make("a", 1), 1);
  cache.learn(make("a", 2, std::string(3000, 'x')), 2);
  CHECK(cache.version("a") == -1);
  one_shard none{0};
  none.learn(make("a", 1), 1);
  CHECK(none.entries() == 0);
}

TEST_CASE("an entry costs at most 120 bytes beside its id and fields") {
  constexpr std::size_t id_bytes = 16, fields_bytes = 200;
  for (std::size_t entries : {10'000, 40'000, 100'000, 200'000}) {
    const auto bytes_max = record_cache::bytes_for(entries, id_bytes, fields_bytes);
    one_shard cache{bytes_max};
    for (std::size_t i = 0; i < 2 * entries; ++i)
      cache.learn(make(key(i), i + 1, std::string(fields_bytes, 'x')), i + 1);
    INFO(entries);
    CHECK(cache.entries() == entries);
    CHECK(cache.bytes() <= bytes_max);
    CHECK((cache.bytes() - entries * (id_bytes + fields_bytes)) / entries <= 120);
  }
}

TEST_CASE("a cache that is changed at random knows what a map knows") {
  std::mt19937_64 random{7};
  one_shard cache;
  std::map<std::string, std::uint64_t> known;
  for (std::uint64_t i = 1; i <= 50'000; ++i) {
    const auto id = key(random() % 500);
    if (random() % 3 == 0) {
      cache.invalidate(id, i);
      known.erase(id);
    } else {
      cache.learn(make(id, i, std::string(random() % 40, 'x')), i);
      known[id] = i;
    }
  }
  CHECK(cache.entries() == known.size());
  for (std::size_t i = 0; i < 500; ++i)
    CHECK(cache.version(key(i))
          == (known.contains(key(i)) ? static_cast<long>(known[key(i)]) : -1));
}

TEST_CASE("what was read twice survives a scan of keys that come once") {
  one_shard cache{record_cache::bytes_for(100, 16, 2)};
  std::uint64_t version = 0;
  for (std::size_t i = 0; i < 50; ++i) {
    ++version;
    cache.learn(make(key(i), version), version);
    cache.get(key(i), epoch, start);
    cache.get(key(i), epoch, start);
  }
  for (std::size_t i = 1000; i < 5000; ++i) {
    ++version;
    cache.learn(make(key(i), version), version);
  }

  for (std::size_t i = 0; i < 50; ++i)
    CHECK(cache.version(key(i)) > 0);
}

TEST_CASE("the hottest keys of a shard are those that were read most, under its epoch") {
  one_shard cache;
  cache.learn(make("cold", 1), 1);
  cache.learn(make("warm", 2), 2);
  cache.learn(make("hot", 3), 3);
  cache.learn(absent("gone"), 4);
  cache.put(make("other", 5), 5, 8, epoch, start);
  for (const auto* id : {"warm", "hot", "hot", "gone", "other"})
    cache.get(id, epoch, start);

  std::map<std::string, std::uint32_t> ranks;
  for (const auto& x : cache.most_read({{7, epoch}, {8, epoch + 1}}, 10))
    ranks[x.id] = x.rank;

  CHECK(ranks.size() == 2);
  CHECK(ranks["hot"] > ranks["warm"]);
}

} // namespace record_cache_test
