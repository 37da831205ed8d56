// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "tests/contract/engines.hpp"

namespace random_test {

using namespace troupe;
using namespace troupe::test;

namespace {

const std::vector<std::string> queues{"mail", "photos", "mail.dead"};
const std::vector<std::string> nodes{"north", "south", "west"};
const std::vector<std::string> tags{"red", "Red", "a tag", "\u00e4"};
const std::vector<std::string> payloads{"Red APPLE", "a green pear", "50 % off_er", "\xff\xfe"};
const std::vector<std::string> texts{"apple", "GREEN P", "%", "_", "\xff", "nothing has this"};

/// Draws requests as clients and dispatchers might send them, right and wrong ones.
class request_source {
public:
  explicit request_source(std::uint32_t seed) : random_{seed} {}

  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>{0, bound - 1}(random_);
  }

  bool chance(std::uint64_t one_in) { return below(one_in) == 0; }

  const std::string& one_of(const std::vector<std::string>& names) {
    return names[below(names.size())];
  }

  timestamp now() { return at(static_cast<int>(time_ += below(3))); }

  /// An id that was given, mostly; sometimes one that was not.
  job_id any_id() { return id_of(1 + below(next_ + 2)); }

  job_id new_ids(std::uint64_t count) {
    // Now and then one that is used already: the transaction must be refused.
    if (chance(100))
      return any_id();
    next_ += count;
    return id_of(next_ - count + 1);
  }

  std::string bytes(std::uint64_t length_max) {
    return std::string(below(length_max), static_cast<char>(below(256)));
  }

  /// A lease that was granted, mostly.
  lease_key any_lease() {
    if (granted_.empty() || chance(10))
      return {any_id(), 1 + below(epoch_)};
    return granted_[granted_.size() - 1 - below(std::min<std::uint64_t>(granted_.size(), 20))];
  }

  insert_jobs insert();
  grant_leases grant();
  end_leases end();

  template <class Request>
  Request change_of_ids() {
    Request x{now(), {}};
    for (auto left = below(5); left > 0; --left)
      x.ids.push_back(any_id());
    return x;
  }

private:
  std::mt19937_64 random_;
  std::uint64_t time_ = 0;
  std::uint64_t next_ = 0;
  lease_epoch epoch_ = 1;
  std::vector<lease_key> granted_;
};

insert_jobs request_source::insert() {
  insert_jobs x{one_of(queues), 0, now(), std::vector<new_job>(1 + below(8))};
  x.first = new_ids(x.jobs.size());
  for (auto& job : x.jobs) {
    job.payload = chance(2) ? bytes(40) : one_of(payloads);
    for (auto left = chance(3) ? below(4) : 0; left > 0; --left)
      job.tags.push_back(one_of(tags)); // some of them twice
    if (chance(4))
      job.trace_parent = "00-" + std::to_string(below(1000));
    job.options.priority = static_cast<std::uint8_t>(below(10));
    if (chance(4))
      job.options.delay = milliseconds{below(20'000)};
    if (chance(4))
      job.options.max_attempts = static_cast<std::uint32_t>(below(10));
  }
  return x;
}

grant_leases request_source::grant() {
  grant_leases x{now(), {}};
  for (auto left = below(8); left > 0; --left) {
    x.grants.push_back({{any_id(), ++epoch_}, one_of(nodes)});
    granted_.push_back(x.grants.back().lease);
  }
  return x;
}

end_leases request_source::end() {
  end_leases x{now(), {}};
  for (auto left = below(8); left > 0; --left) {
    lease_end end;
    end.lease = any_lease();
    // Every state but running (3).
    end.next = static_cast<job_state>(std::vector{1, 2, 4, 5, 5, 5, 6, 7}[below(8)]);
    if (end.next != job_state::succeeded || chance(5))
      end.reason = static_cast<end_reason>(below(8));
    end.run_at = at(static_cast<int>(time_ + below(20)));
    if (chance(2))
      end.output = bytes(30);
    if (end.next == job_state::dead && chance(2)) {
      end.dead_letter = "mail.dead";
      end.dead_letter_copy = new_ids(1);
    }
    x.ends.push_back(end);
  }
  return x;
}

/// One random change on both stores; the answers, or the refusals, must be equal.
class comparison {
public:
  comparison(storage_engine& model, storage_engine& engine, request_source& source)
      : model_{model},
        engine_{engine},
        source_{source} {}

  void change() {
    switch (source_.below(10)) {
    case 0:
      compare([x = open_shard{3, queues}](job_transaction& tx) { return tx.open(x); });
      break;
    case 1:
    case 2:
      compare([x = source_.insert()](job_transaction& tx) {
        tx.insert(x);
        return true;
      });
      break;
    case 3:
    case 4:
      compare([x = source_.grant()](job_transaction& tx) { return tx.grant(x); });
      break;
    case 5:
      compare([x = source_.end()](job_transaction& tx) { return tx.end(x); });
      break;
    case 6:
      compare([x = promote_jobs{source_.one_of(queues), source_.now(), limit()}](
                job_transaction& tx) { return tx.promote(x); });
      break;
    case 7:
      compare([x = source_.change_of_ids<cancel_waiting>(),
               running = source_.chance(2)](job_transaction& tx) mutable {
        x.running = running;
        return tx.cancel(x);
      });
      break;
    case 8:
      compare(
        [x = source_.change_of_ids<revive_jobs>()](job_transaction& tx) { return tx.revive(x); });
      break;
    default:
      change_many();
    }
  }

  void read(job_reader& model, job_reader& engine) {
    const read_ready ready{source_.one_of(queues), static_cast<std::uint8_t>(source_.below(10)),
                           source_.any_id(), limit(), source_.below(100)};
    CHECK(model.ready(ready).value() == engine.ready(ready).value());
    list_jobs list{source_.chance(2) ? "" : source_.one_of(queues), {}, 0, limit(), "", ""};
    for (auto left = source_.below(3); left > 0; --left)
      list.states.push_back(static_cast<job_state>(1 + source_.below(7)));
    if (source_.chance(2))
      list.before = source_.any_id();
    if (source_.chance(3))
      list.tag = source_.one_of(tags);
    if (source_.chance(3))
      list.text = source_.one_of(texts);
    CHECK(model.list(list).value() == engine.list(list).value());
  }

private:
  std::uint32_t limit() { return static_cast<std::uint32_t>(source_.below(6)); }

  /// Several changes in one transaction, as a group commit makes them.
  void change_many() {
    const auto inserted = source_.insert();
    const auto granted = source_.grant();
    const auto ended = source_.end();
    const move_dead_letters move{"mail.dead", source_.new_ids(5), source_.now(), limit()};
    const purge_jobs purge{source_.one_of(queues), source_.now(), limit()};
    compare([&](job_transaction& tx) {
      tx.insert(inserted);
      auto refused = tx.grant(granted);
      auto lost = tx.end(ended);
      auto moved = tx.move(move);
      return std::tuple{refused, lost, moved, tx.purge(purge)};
    });
  }

  template <class Work>
  void compare(Work work) {
    require_equal_answers(model_, engine_, work);
  }

  storage_engine& model_;
  storage_engine& engine_;
  request_source& source_;
};

} // namespace

TEST_CASE("long random histories leave SQLite and the model with equal contents") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u);
  CAPTURE(seed);
  memory_engine model;
  sqlite_engine engine;
  request_source source{seed};

  for (int round = 0; round < 20; ++round) {
    CAPTURE(round);
    comparison both{model.store(), engine.store(), source};
    {
      const auto model_reader = model.store().open_reader().value();
      const auto engine_reader = engine.store().open_reader().value();
      for (int i = 0; i < 50; ++i) {
        CAPTURE(i);
        both.change();
        both.read(*model_reader, *engine_reader);
      }
    }
    REQUIRE((contents(model.store()) == contents(engine.store())));
    engine.reopen();
  }

  CHECK(contents(model.store()).size() > 100);
}

} // namespace random_test
