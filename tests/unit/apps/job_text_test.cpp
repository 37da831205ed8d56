// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>

#include "apps/troupe/job_text.hpp"

namespace job_text_test {

using namespace troupe;

namespace {

job failed_with(const std::string& error) {
  job x;
  x.id = 7;
  x.queue = "default";
  x.state = job_state::dead;
  x.reason = end_reason::error;
  x.error = error;
  return x;
}

bool has_line(const std::vector<std::string>& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

} // namespace

TEST_CASE("a traceback is shown as the block that it is") {
  const auto lines = describe_job(failed_with("Traceback:\n  File x\nValueError: 1"), {});

  CHECK(has_line(lines, "    Traceback:"));
  CHECK(has_line(lines, "      File x"));
  CHECK(has_line(lines, "    ValueError: 1"));
}

TEST_CASE("without bounds nothing of a long error is left out") {
  const std::string error(20'000, 'x');

  CHECK(has_line(describe_job(failed_with(error), {}), "  last error: " + error));
  CHECK_FALSE(has_line(describe_job(failed_with(error), {40, 1000}), "  last error: " + error));
}

} // namespace job_text_test
