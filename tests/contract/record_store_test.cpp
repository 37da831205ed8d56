#include "tests/contract/record_samples.hpp"
#include "tests/contract/samples.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

const write_condition absent{condition_kind::absent, 0};
const write_condition present{condition_kind::present, 0};

write_condition at_version(std::uint64_t version) {
  return {condition_kind::version, version};
}

} // namespace

FOR_EACH_ENGINE("a record is created, replaced and removed, each under the next version") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});

  const auto created = store.must_write(put("a", R"({"n":1})"), at(1));
  CHECK(created.kind == change_kind::created);
  CHECK(created.before == record{"a", 0, {}, {}, ""});
  CHECK(created.after == record{"a", 1, at(1), at(1), R"({"n":1})"});
  CHECK(created.sequence == 1);
  CHECK(store.get("a") == created.after);

  const auto updated = store.must_write(put("a", R"({"n":2})"), at(2));
  CHECK(updated.kind == change_kind::updated);
  CHECK(updated.before == created.after);
  CHECK(updated.after == record{"a", 2, at(1), at(2), R"({"n":2})"});
  CHECK(store.get("a") == updated.after);

  const auto removed = store.must_write(removal("a"), at(3));
  CHECK(removed.kind == change_kind::deleted);
  CHECK(removed.before == updated.after);
  CHECK(removed.after == record{"a", 0, {}, {}, ""});
  CHECK(removed.sequence == 3);
  CHECK(store.read({"a"}) == records_read{3, {record{"a", 0, {}, {}, ""}}});

  const auto again = store.must_write(put("a", "{}"), at(4));
  CHECK(again.after == record{"a", 4, at(4), at(4), "{}"});
  CHECK(store.collection().sequence == 4);
  CHECK(store.collection().records == 1);
}

FOR_EACH_ENGINE("R3: a write whose condition does not hold changes nothing, and tells what is") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  const auto there = store.must_write(put("a", "{}")).after;
  const auto before = record_contents_of(engine.store());

  for (const auto& wrong : {put("a", R"({"n":1})", absent), put("a", R"({"n":1})", at_version(7)),
                            put("a", R"({"n":1})", {static_cast<condition_kind>(9), 1}),
                            removal("a", absent), removal("a", at_version(2))}) {
    const auto answer = store.write({wrong}).results.at(0);
    CHECK(answer.code == number(errc::precondition_failed));
    CHECK(answer.before == there);
    CHECK(answer.after == there);
    CHECK(answer.sequence == 1);
  }
  for (const auto& wrong :
       {put("b", "{}", present), put("b", "{}", at_version(0)), removal("b", at_version(1))})
    CHECK(codes_of(store.write({wrong})) == codes{number(errc::precondition_failed)});
  CHECK(codes_of(store.write({removal("b")})) == codes{number(errc::unknown_record)});

  CHECK(record_contents_of(engine.store()) == before);
  CHECK(store.must_write(put("a", R"({"n":1})", at_version(1))).after.version == 2);
  CHECK(store.must_write(put("a", R"({"n":2})", present)).after.version == 3);
  CHECK(store.must_write(put("b", "{}", absent)).after.version == 4);
  CHECK(store.must_write(removal("a", at_version(3))).sequence == 5);
}
