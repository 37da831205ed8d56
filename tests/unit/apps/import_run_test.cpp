// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <deque>
#include <sstream>

#include "apps/troupe/import_run.hpp"

namespace import_run_test {

using namespace troupe;

namespace {

// A cluster that refuses records with "bad" in them, and answers as it is told before that.
struct stage {
  std::deque<error> answers; // to the next requests
  std::vector<std::size_t> made;
  std::vector<std::string> keys;
  std::vector<import_state> saved;
  std::vector<milliseconds> pauses;
  std::uint64_t stop_at = ~std::uint64_t{0};

  result<records_changed> send(const std::vector<change_record>& changes, const std::string& key) {
    keys.push_back(key);
    if (!answers.empty()) {
      auto answer = answers.front();
      answers.pop_front();
      return tl::unexpected{answer};
    }
    records_changed result;
    result.committed = true;
    for (auto& x : changes) {
      auto& outcome = result.outcomes.emplace_back();
      outcome.changed.kind
        = x.verb == record_verb::create ? change_kind::created : change_kind::updated;
      if (x.body.find("bad") == std::string::npos)
        continue;
      outcome.code = static_cast<std::uint16_t>(errc::invalid_record);
      outcome.text = "/title: is bad";
      result.committed = false;
    }
    if (result.committed)
      made.push_back(changes.size());
    return result;
  }

  import_report import(const std::string& text, bool skip_bad = false, std::size_t batch = 2) {
    import_state start{"notes", "run", 0, 0, 0};
    std::istringstream lines{text};
    import_source source{lines, start, batch};
    import_run run{start,
                   skip_bad,
                   {.send = [this](auto changes, auto key) { return send(changes, key); },
                    .save = [this](const import_state& x) -> result<void> {
                      saved.push_back(x);
                      return {};
                    },
                    .pause = [this](milliseconds x) { pauses.push_back(x); },
                    .progress = [this](std::uint64_t line) { return line < stop_at; }}};
    auto report = run.run(source);
    saved.push_back(run.state());
    return report;
  }
};

const std::string five = "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n{\"id\":\"a\"}\n";

} // namespace

TEST_CASE("an import makes all batches and remembers how far it is before each") {
  stage s;
  auto report = s.import(five);
  CHECK_FALSE(report.problem);
  CHECK(report.created == 4);
  CHECK(report.updated == 1);
  CHECK(s.made == std::vector<std::size_t>{2, 2, 1});
  CHECK(s.saved
        == std::vector<import_state>{{"notes", "run", 0, 0, 2},
                                     {"notes", "run", 2, 16, 4},
                                     {"notes", "run", 4, 32, 5},
                                     {"notes", "run", 5, 43, 0}});
}

TEST_CASE("an import sends a batch again that was refused for a while, under the same key") {
  auto code = GENERATE(errc::overloaded, errc::unavailable, errc::timed_out);
  stage s;
  s.answers = {{code, "later"}, {code, "later"}};
  auto report = s.import(five, false, 100);
  CHECK(report.records() == 5);
  CHECK(s.pauses.size() == 2);
  REQUIRE(s.keys.size() == 3);
  CHECK(s.keys[0] == s.keys[2]);
}

TEST_CASE("an import ends when the cluster does not come back") {
  stage s;
  s.answers.assign(100, error{errc::unavailable, "away"});
  auto report = s.import(five);
  CHECK(report.problem == error{errc::unavailable, "away"});
  CHECK(s.keys.size() == 20);
  CHECK(s.saved.back().line == 0);
  CHECK(s.saved.back().pending_until == 2); // may have been made
}

TEST_CASE("an import ends before the batch of a line that is wrong") {
  auto line = GENERATE(std::string{"{\"title\":\"bad\"}"}, std::string{"no json"});
  stage s;
  auto report = s.import("{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n" + line + "\n");
  REQUIRE(report.problem);
  CHECK(report.problem->code == errc::invalid_record);
  CHECK(report.problem->text.find("line 4: ") == 0);
  CHECK(s.made == std::vector<std::size_t>{2});
  CHECK(s.saved.back().line == 2);
}

TEST_CASE("an import leaves wrong lines out if wanted, and says which") {
  stage s;
  auto report = s.import("{\"title\":\"bad\"}\n{\"n\":2}\nno json\n{\"n\":4}\n", true, 4);
  CHECK_FALSE(report.problem);
  CHECK(report.created == 2);
  CHECK(report.skipped == 2);
  REQUIRE(report.bad.size() == 2);
  CHECK(report.bad[0].number == 3);
  CHECK(report.bad[1] == bad_line{1, "invalid_record: /title: is bad"});
  CHECK(s.saved.back().line == 4);
  CHECK(s.keys.size() == 2);
  CHECK(s.keys[0] != s.keys[1]);
}

TEST_CASE("an import of lines that are all wrong makes nothing") {
  stage s;
  auto report = s.import("no\n{\"title\":\"bad\"}\nno\n", true);
  CHECK_FALSE(report.problem);
  CHECK(report.skipped == 3);
  CHECK(s.made.empty());
  CHECK(s.saved.back().line == 3);
}

TEST_CASE("an import stops between two batches") {
  stage s;
  s.stop_at = 2;
  auto report = s.import(five);
  CHECK(report.stopped);
  CHECK(s.made == std::vector<std::size_t>{2});
  CHECK(s.saved.back() == import_state{"notes", "run", 2, 16, 0});
}

} // namespace import_run_test
