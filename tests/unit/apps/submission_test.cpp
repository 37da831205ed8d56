// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <numeric>
#include <sstream>

#include "apps/troupe/submission.hpp"
#include "messages/limits.hpp"

namespace submission_test {

using namespace troupe;

namespace {

/// Stores what it gets under the next ids, or refuses what it was told to.
struct recording_queue {
  std::vector<std::vector<new_job>> batches;
  std::vector<error> refusals; ///< of the first batches
  job_id next = 100;

  submission::enqueue_function function() {
    return [this](std::vector<new_job> jobs, std::function<void(result<jobs_enqueued>)> done) {
      if (!refusals.empty()) {
        auto refusal = refusals.front();
        refusals.erase(refusals.begin());
        return done(tl::unexpected{refusal});
      }
      auto first = std::exchange(next, next + jobs.size());
      auto count = static_cast<std::uint32_t>(jobs.size());
      batches.push_back(std::move(jobs));
      done(jobs_enqueued{first, count});
    };
  }
};

void ignore(std::uint64_t) {}

std::vector<std::string> all_of(payload_source source) {
  std::vector<std::string> result;
  while (auto payload = source.next())
    result.push_back(*payload);
  return result;
}

} // namespace

TEST_CASE("a payload is copied as often as wanted") {
  CHECK(all_of({"x", 3}) == std::vector<std::string>{"x", "x", "x"});
  CHECK(payload_source{"x", 3}.total() == 3);
}

TEST_CASE("a source that is stopped has no more payloads") {
  payload_source source{"x", 3};
  CHECK(source.next());

  source.stop();

  CHECK_FALSE(source.next());
}

TEST_CASE("each line that is not blank is a payload") {
  std::istringstream lines{"a\r\n\n  \nb"};
  CHECK(all_of({lines, 2}) == std::vector<std::string>{"a", "a", "b", "b"});
}

TEST_CASE("a payload that is no JSON is refused with its place") {
  CHECK(check_json("{\"a\": [1, 2.5, null]}"));
  CHECK(check_json("\"text\""));

  auto wrong = check_json("{\"a\": 1,}");
  REQUIRE_FALSE(wrong);
  CHECK_THAT(wrong.error().text,
             Catch::StartsWith("the payload is not JSON: parse error at line 1, column 9: "));
  CHECK_FALSE(check_json(""));
  CHECK_FALSE(check_json("[1e999]")); // well-formed, but no double
}

TEST_CASE("many jobs go in batches, and their ids are told in order") {
  recording_queue queue;
  submission stored{queue.function(), {}};
  payload_source source{"x", 2500};
  std::uint64_t heard = 0;

  stored.run(source, [&](auto count) { heard = count; });

  CHECK_FALSE(stored.problem());
  CHECK(heard == 2500);
  std::vector<job_id> expected(2500);
  std::iota(expected.begin(), expected.end(), job_id{100});
  CHECK(stored.ids() == expected);
  CHECK(queue.batches.size() == 3);
}

TEST_CASE("a batch of large payloads stays below the limit of a message") {
  recording_queue queue;
  submission stored{queue.function(), {}};
  payload_source source{std::string(limits::payload_bytes_max, 'x'), 9};

  stored.run(source, ignore);

  CHECK(stored.stored() == 9);
  for (auto& batch : queue.batches)
    CHECK(batch.size() * limits::payload_bytes_max <= limits::batch_bytes_max);
}

TEST_CASE("an overloaded cluster gets the batch again, and the order of the ids stays") {
  recording_queue queue;
  queue.refusals = {{errc::overloaded, ""}, {errc::overloaded, ""}};
  submission stored{queue.function(), {}};
  std::istringstream lines{"a\nb\nc\n"};
  payload_source source{lines, 1};

  stored.run(source, ignore);

  CHECK_FALSE(stored.problem());
  CHECK(stored.ids() == std::vector<job_id>{100, 101, 102});
}

TEST_CASE("the first refusal ends a submission, and what was stored is known") {
  recording_queue queue;
  auto refuse_second = [&, calls = 0](std::vector<new_job> jobs, auto done) mutable {
    if (++calls == 2)
      return done(failure(errc::queue_full, "full"));
    queue.function()(std::move(jobs), std::move(done));
  };
  submission stored{refuse_second, {}};
  payload_source source{"x", 1'000'000};

  stored.run(source, ignore);

  REQUIRE(stored.problem());
  CHECK(stored.problem()->code == errc::queue_full);
  CHECK(stored.ids().size() == stored.stored());
  CHECK(stored.stored() == 1000);
}

TEST_CASE("a submission gives its options, tags and trace to each job") {
  recording_queue queue;
  new_job pattern;
  pattern.options.priority = 9;
  pattern.tags = {"nightly"};
  pattern.trace_parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  submission stored{queue.function(), pattern};
  payload_source source{"x", 2};

  stored.run(source, ignore);

  pattern.payload = "x";
  REQUIRE(queue.batches.size() == 1);
  CHECK(queue.batches[0] == std::vector<new_job>{pattern, pattern});
}

} // namespace submission_test
