// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "apps/photos/figures.hpp"

namespace figures_test {

using namespace photos;
using namespace std::chrono_literals;

namespace {

demo_figures good() {
  demo_figures x;
  x.jobs = x.succeeded = x.records = x.ready = 20;
  x.found = true;
  x.files = 60;
  x.took = 4s;
  return x;
}

} // namespace

TEST_CASE("times are summed up as their middle and their largest") {
  CHECK_FALSE(summarize({}));
  CHECK(summarize({7ms}) == time_figures{7ms, 7ms});
  CHECK(summarize({30ms, 10ms, 20ms}) == time_figures{20ms, 30ms});
  CHECK(summarize({40ms, 10ms, 30ms, 20ms}) == time_figures{20ms, 40ms});
}

TEST_CASE("a run is complete only when nothing is missing") {
  CHECK(good().complete());

  auto failed = good();
  failed.succeeded = 19;
  CHECK_FALSE(failed.complete());

  auto lost = good();
  lost.lost = 1;
  CHECK_FALSE(lost.complete());

  auto missing = good();
  missing.files_missing = 1;
  CHECK_FALSE(missing.complete());

  auto twice = good();
  twice.changed_again = 1;
  CHECK_FALSE(twice.complete());

  auto not_ready = good();
  not_ready.ready = 19;
  CHECK_FALSE(not_ready.complete());

  auto not_found = good();
  not_found.found = false;
  CHECK_FALSE(not_found.complete());

  CHECK_FALSE(demo_figures{}.complete());
}

TEST_CASE("the document has the table's figures, and null for what was not measured") {
  auto figures = good();
  figures.redispatched = 2;
  figures.redispatch = time_figures{5ms, 9ms};

  auto document = nlohmann::json::parse(to_json(figures));

  CHECK(document["complete"] == true);
  CHECK(document["jobs"] == 20);
  CHECK(document["jobs_per_second"] == 5.0);
  CHECK(document["redispatch"]["max_ms"] == 9);
  CHECK(document["taken_away"].is_null());
  CHECK(document["records_ready"] == 20);
  CHECK(document["shards_moved_ms"].is_null());
  auto table = to_table(figures);
  CHECK(std::ranges::any_of(table, [](const std::string& line) {
    return line.find("time to re-dispatch") != std::string::npos
           && line.find("p50 5 ms, max 9 ms") != std::string::npos;
  }));
}

} // namespace figures_test
