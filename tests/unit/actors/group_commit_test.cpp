// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "actors/group_commit.hpp"
#include "tests/support/recording_store.hpp"

namespace group_commit_test {

using namespace troupe;
using namespace troupe::test;

namespace {

class insertion final : public store_operation {
public:
  insertion(std::string payload, std::vector<result<void>>& answers)
      : payload_{std::move(payload)},
        answers_{answers} {}

  durability wanted() const override { return durability::machine; }
  std::size_t bytes() const override { return payload_.size(); }
  void apply(storage_transaction& transaction) override {
    transaction.insert({"q", 1, {}, {new_job{payload_, {}, {}, {}}}});
  }
  void answer(const result<void>& committed) override { answers_.push_back(committed); }

private:
  std::string payload_;
  std::vector<result<void>>& answers_;
};

struct group {
  std::shared_ptr<recording> record = std::make_shared<recording>();
  recording_store store{record};
  std::vector<result<void>> answers;
  group_commit pending;

  explicit group(std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      pending.add(std::make_unique<insertion>("x", answers));
  }

  std::vector<errc> codes() const {
    std::vector<errc> result;
    for (const auto& x : answers)
      result.push_back(x ? errc::none : x.error().code);
    return result;
  }
};

} // namespace

TEST_CASE("a group is not halved for what is the engine's fault") {
  const auto code = GENERATE(errc::storage_failed, errc::storage_full, errc::storage_corrupt);
  group x{16};
  x.record->failure = error{code, "the database is locked"};

  CHECK_FALSE(x.pending.commit(x.store));

  CHECK(x.record->tried == 1); // a locked database makes each try take seconds
  CHECK(x.codes() == std::vector(16, code));
}

TEST_CASE("J1: a group whose fate is unknown is never stored a second time") {
  group x{16};
  x.record->failure = error{errc::timed_out, "the connection broke"};

  CHECK_FALSE(x.pending.commit(x.store));

  CHECK(x.record->tried == 1);
  CHECK(x.codes() == std::vector(16, errc::timed_out));
}

TEST_CASE("a group that met another one is tried again as it was") {
  group x{16};
  x.record->before_commit = [record = x.record.get()](const recording&) {
    record->failure
      = record->tried < 3 ? std::optional{error{errc::overloaded, "serialization"}} : std::nullopt;
  };

  CHECK(x.pending.commit(x.store));

  CHECK(x.record->tried == 3);
  CHECK(x.record->transactions.size() == 1);
  CHECK(x.codes() == std::vector(16, errc::none));
}

TEST_CASE("a group that meets others for ever is refused after some tries") {
  group x{4};
  x.record->failure = error{errc::overloaded, "serialization"};

  CHECK_FALSE(x.pending.commit(x.store));

  CHECK(x.record->tried <= 10);
  CHECK(x.codes() == std::vector(4, errc::overloaded));
}

TEST_CASE("what is refused for its own sake fails alone") {
  group x{3};
  x.pending.add(std::make_unique<insertion>("bad", x.answers));

  CHECK_FALSE(x.pending.commit(x.store));

  CHECK(x.codes() == std::vector{errc::none, errc::none, errc::none, errc::invalid_argument});
}

} // namespace group_commit_test
