// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <random>

#include "tests/contract/record_samples.hpp"

namespace record_random_test {

using namespace troupe;
using namespace troupe::test;

namespace {

const names collections{"notes", "people", "logs"};
const names fields{"n", "text", "tags", "a.b", "flag", "id", "version", "created_at", "o'x"};
const names scalars{"0",
                    "1",
                    "-7",
                    "2.5",
                    "1.0",
                    "1e300",
                    "12345678901234567890",
                    "12345678901234567891",
                    "9223372036854775808",
                    "18446744073709551615",
                    "1.8446744073709552e19",
                    "1.2345678901234567e19",
                    "true",
                    "false",
                    "null",
                    "\"\"",
                    "\"a\"",
                    "\"one\"",
                    "\"one two\"",
                    "\"o'x\"",
                    "9007199254740993"};
// As texts, arrays are sorted; these look the same in every engine.
const names elements{"0", "1", "-7", "2.5", "true", "null", "\"a\"", "\"one\""};
const names searches{"one",
                     "one two",
                     "\"one two\"",
                     "o*",
                     "tw* three",
                     "\"two t\"*",
                     "zero",
                     "ONE",
                     "one-two",
                     "* one",
                     "one OR zero",
                     "one NOT two",
                     "(one OR two) AND three",
                     "text:one",
                     "京都",
                     "都",
                     "東京 one",
                     "\"東京都 one\"",
                     "text:京*",
                     "one NOT (two OR 都) three",
                     "two OR (one three)",
                     "NOT one",
                     "OR",
                     "((one"};

/// Draws requests as owners, services and clients might send them, right and wrong ones.
class request_source {
public:
  explicit request_source(std::uint32_t seed) : random_{seed} {}

  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>{0, bound - 1}(random_);
  }
  bool chance(std::uint64_t one_in) { return below(one_in) == 0; }
  const std::string& one_of(const names& from) { return from[below(from.size())]; }
  timestamp now() { return at(static_cast<int>(time_ += below(3))); }
  std::string id() { return "r" + std::to_string(below(20)); }

  std::string object();
  record_write write();
  write_records writes();
  declare_collections declaration();
  claim_shards claim();
  query_records query();

private:
  filter_step comparison();

  std::mt19937_64 random_;
  std::uint64_t time_ = 0;
  std::uint64_t job_ = 0;
  std::map<std::uint32_t, std::uint64_t> epochs_;
};

std::string request_source::object() {
  std::string json = "{";
  const auto member = [&](const std::string& name, const std::string& value) {
    if (!chance(3))
      json += (json.size() > 1 ? ", \"" : "\"") + name + "\":" + value;
  };
  // clang-format off
  static const names texts{"\"one\"", "\"one two\"", "\"two, three! one\"", "\"\"", "null", "7",
                           "\"東京都 one。三つ\"", "\"One京都two\""};
  // clang-format on
  member("n", one_of(scalars));
  member("text", one_of(texts));
  member("tags", chance(5) ? one_of(scalars) : "[" + one_of(elements) + "," + one_of(texts) + "]");
  member("a", chance(4) ? one_of(scalars) : R"({"b":)" + one_of(scalars) + "}");
  member("flag", chance(2) ? "true" : "false");
  member("o'x", one_of(scalars));
  return json + "}";
}

record_write request_source::write() {
  record_write x;
  x.collection = one_of(collections);
  x.id = id();
  x.remove = chance(4);
  if (!x.remove)
    x.fields = chance(40) ? one_of({"", "[]", "{", "1"}) : object();
  if (chance(3))
    x.condition = {static_cast<condition_kind>(below(5)), 1 + below(200), below(20) == 0 ? 7U : 0U};
  x.epoch = chance(30) ? below(4) : epochs_[shard_of(x.collection, x.id)];
  x.hook_job = chance(20) ? 0 : id_of(++job_);
  return x;
}

write_records request_source::writes() {
  write_records x;
  x.now = now();
  for (auto left = chance(3) ? below(5) : 1; left > 0; --left)
    x.writes.push_back(write());
  if (chance(4)) {
    x.idempotency_key = "key" + std::to_string(below(30));
    x.fingerprint = chance(3) ? "other" : "same";
    x.idempotency_scope = chance(2) ? "ann" : "ben";
  }
  return x;
}

declare_collections request_source::declaration() {
  declare_collections x;
  for (const auto& name : collections) {
    if (chance(8))
      continue;
    collection_declaration each{name, {}, {}, R"({"type":"object"})", {}};
    for (const auto& field : fields)
      if (chance(3))
        each.indexes.push_back(field);
    for (const auto* field : {"text", "tags", "a.b"})
      if (!chance(3))
        each.search.emplace_back(field);
    if (name == "people")
      each.hooks = {"created", chance(2) ? "" : "updated", "deleted"};
    x.collections.push_back(each);
  }
  return x;
}

claim_shards request_source::claim() {
  claim_shards x{{"north", below(5), 1}, {}};
  for (std::uint32_t shard = 0; shard < key_shards; ++shard)
    if (epochs_[shard] == 0 || chance(100)) {
      x.shards.push_back(shard);
      ++epochs_[shard];
    }
  return x;
}

filter_step request_source::comparison() {
  // All but both, either and negation, which stand between.
  const auto what = 1 + below(14);
  filter_step x{static_cast<filter_operator>(what <= 10 ? what : what + 3), one_of(fields), {}};
  if (x.what == filter_operator::exists)
    return x;
  for (auto left = x.what == filter_operator::one_of ? below(4) : 1; left > 0; --left)
    x.values.push_back(x.field == "created_at"
                         ? '"' + rfc3339(at(static_cast<int>(below(time_ + 1)))) + '"'
                         : one_of(scalars));
  return x;
}

query_records request_source::query() {
  query_records x;
  x.collection = one_of(collections);
  std::size_t depth = 0;
  for (auto left = below(6); left > 0; --left) {
    x.filter.push_back(comparison());
    ++depth;
    if (chance(3))
      x.filter.push_back({filter_operator::negation, {}, {}});
    if (depth > 1 && chance(2)) {
      x.filter.push_back({chance(2) ? filter_operator::both : filter_operator::either, {}, {}});
      --depth;
    }
  }
  for (; depth > 1 && !chance(30); --depth)
    x.filter.push_back({chance(2) ? filter_operator::both : filter_operator::either, {}, {}});
  if (chance(3))
    x.search = one_of(searches);
  for (auto left = below(3); left > 0; --left)
    x.sort.push_back({one_of(fields), chance(2)});
  x.limit = static_cast<std::uint32_t>(1 + below(7));
  x.count = chance(3);
  return x;
}

/// The same on both stores; the answers, or the refusals, must be equal.
class comparison {
public:
  comparison(storage_engine& model, storage_engine& engine, request_source& source)
      : model_{model},
        engine_{engine},
        source_{source} {}

  void change() {
    switch (source_.below(12)) {
    case 0:
      compare([x = source_.claim()](storage_transaction& tx) { return tx.claim(x); });
      break;
    case 1: {
      const trim_records x{source_.one_of(collections), at(static_cast<int>(source_.below(40))),
                           at(static_cast<int>(source_.below(40))),
                           static_cast<std::uint32_t>(source_.below(6))};
      compare([&](storage_transaction& tx) { return tx.trim(x); });
      break;
    }
    case 2: {
      const auto first = source_.writes();
      const auto second = source_.writes();
      compare([&](storage_transaction& tx) {
        auto answer = tx.write(first);
        return std::tuple{answer, tx.write(second)};
      });
      break;
    }
    default:
      compare([x = source_.writes()](storage_transaction& tx) { return tx.write(x); });
    }
  }

  void declare(const declare_collections& x) {
    compare([&](storage_transaction& tx) {
      tx.declare(x);
      return true;
    });
  }

  void read(storage_reader& model, storage_reader& engine) {
    const read_records some{source_.one_of(collections), {source_.id(), source_.id()}};
    REQUIRE((model.read(some) == engine.read(some)));
    const read_changes feed{source_.one_of(collections), source_.below(100), 3, milliseconds{0}};
    REQUIRE((model.changes(feed) == engine.changes(feed)));
    auto query = source_.query();
    CAPTURE(query.search, query.filter.size(), query.sort.size());
    for (int pages = 0; pages < 30; ++pages) {
      const auto expected = model.select(query);
      const auto actual = engine.select(query);
      REQUIRE(expected.has_value() == actual.has_value());
      if (!expected) {
        REQUIRE(expected.error().code == actual.error().code);
        return;
      }
      REQUIRE(ids_of(expected->records) == ids_of(actual->records));
      REQUIRE(expected->last == actual->last);
      REQUIRE((*expected == *actual));
      query.after = actual->last;
      if (query.after.empty())
        return;
    }
  }

private:
  template <class Work>
  void compare(Work work) {
    require_equal_answers(model_, engine_, work);
  }

  storage_engine& model_;
  storage_engine& engine_;
  request_source& source_;
};

} // namespace

TEST_CASE("long random histories of records leave SQLite and the model with equal contents") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u);
  CAPTURE(seed);
  memory_engine model;
  sqlite_engine engine;
  request_source source{seed};
  model.data().records.generation
    = engine.store().open_reader().value()->collections({})->generation;

  for (int round = 0; round < 15; ++round) {
    CAPTURE(round);
    comparison both{model.store(), engine.store(), source};
    both.declare(source.declaration());
    {
      const auto model_reader = model.store().open_reader().value();
      const auto engine_reader = engine.store().open_reader().value();
      for (int i = 0; i < 60; ++i) {
        CAPTURE(i);
        both.change();
        if (model_reader->collections({})->collections.size() == collections.size())
          both.read(*model_reader, *engine_reader);
      }
    }
    REQUIRE((record_contents_of(model.store()) == record_contents_of(engine.store())));
    REQUIRE((contents(model.store()) == contents(engine.store())));
    engine.reopen();
  }

  CHECK(record_contents_of(model.store()).collections.at(0).sequence > 50);
}

} // namespace record_random_test
