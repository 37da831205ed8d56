// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>

#include "actors/read_bundles.hpp"

namespace read_bundles_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

using bundles = read_bundles<int, int>;

constexpr bundles::time_point start{1h}; // simulated: nothing here reads a clock

get_records read(std::string id, std::string collection = "notes", milliseconds max_stale = 0ms) {
  return {std::move(collection), {std::move(id)}, max_stale};
}

records_found answer_of(std::size_t count, std::size_t bytes) {
  records_found found;
  found.records.resize(count);
  for (auto& x : found.records)
    x.value.fields.assign(bytes, 'x');
  return found;
}

std::size_t largest(bundles& from) {
  std::size_t result = 0;
  for (const auto& x : from.take())
    result = std::max(result, x.readers.size());
  return result;
}

} // namespace

TEST_CASE("reads of one collection at one place travel together, in their order") {
  bundles reads;
  CHECK(reads.join(1, read("a"), 10));
  CHECK_FALSE(reads.join(1, read("b"), 11));
  CHECK_FALSE(reads.join(2, read("c"), 12));
  CHECK_FALSE(reads.join(1, read("a"), 13));
  const auto made = reads.take();
  REQUIRE(made.size() == 2);
  CHECK(made[0].to == 1);
  CHECK(made[0].request == get_records{"notes", {"a", "b", "a"}, 0ms});
  CHECK(made[0].readers == std::vector<int>{10, 11, 13});
  CHECK(made[1].to == 2);
  CHECK(made[1].readers == std::vector<int>{12});
  CHECK(reads.take().empty());
  CHECK(reads.join(1, read("d"), 14));
}

TEST_CASE("reads of other collections, or that put up with old answers, travel apart") {
  bundles reads;
  reads.join(1, read("a"), 1);
  reads.join(1, read("a", "files"), 2);
  reads.join(1, read("a", "notes", 5s), 3);
  CHECK(reads.take().size() == 3);
}

TEST_CASE("no read is lost among very many kinds of reads") {
  bundles reads;
  constexpr int kinds = 1000;
  for (int i = 0; i < 2 * kinds; ++i)
    reads.join(1, read(std::to_string(i), "kind " + std::to_string(i % kinds)), i);
  std::vector<int> readers;
  for (const auto& x : reads.take()) {
    REQUIRE(x.readers.size() == x.request.ids.size());
    for (std::size_t i = 0; i < x.readers.size(); ++i) {
      CHECK(x.request.ids[i] == std::to_string(x.readers[i]));
      readers.push_back(x.readers[i]);
    }
  }
  std::sort(readers.begin(), readers.end());
  REQUIRE(readers.size() == 2 * kinds);
  CHECK(std::adjacent_find(readers.begin(), readers.end()) == readers.end());
}

TEST_CASE("a bundle has so many reads that its answer stays small") {
  bundles reads;
  const auto join_many = [&reads] {
    for (int i = 0; i < 1000; ++i)
      reads.join(1, read("a"), i);
  };
  join_many();
  CHECK(largest(reads) == bundles::reads_max);
  reads.answered("notes", answer_of(10, limits::message_bytes_max / 10));
  join_many();
  CHECK(largest(reads) == 9);
  // Smaller ones are believed slowly.
  reads.answered("notes", answer_of(10, 100));
  join_many();
  CHECK(largest(reads) == 13);
  reads.answered("notes", answer_of(1, limits::message_bytes_max));
  join_many();
  CHECK(largest(reads) == 2);
}

TEST_CASE("after a bundle that failed, reads of its collection travel alone for a while") {
  bundles reads;
  CHECK(reads.may_join("notes", start));
  reads.failed("notes", start);
  CHECK_FALSE(reads.may_join("notes", start));
  CHECK(reads.may_join("files", start));
  CHECK_FALSE(reads.may_join("notes", start + bundles::pause - 1ms));
  CHECK(reads.may_join("notes", start + bundles::pause));
}

} // namespace read_bundles_test
