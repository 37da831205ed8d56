// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "node/log_line.hpp"

namespace log_line_test {

using namespace troupe;
using nlohmann::json;

namespace {

json line_of(const std::string& text) {
  return json::parse(json_log_line(timestamp{std::chrono::seconds{1}}, "info", "control", text));
}

} // namespace

TEST_CASE("a line of the log is one line, whatever others have put into it") {
  CHECK(one_line("a\nfake: b\r\x1b[31m\tc") == "a\\nfake: b\\x0d\\x1b[31m c");
  CHECK(json_log_line({}, "info", "n", "a\nb").find('\n') == std::string::npos);
}

TEST_CASE("a line of JSON has time, level, node and text") {
  const auto line = line_of("says \"hello\"");
  CHECK(line["time"] == "1970-01-01T00:00:01.000000Z");
  CHECK(line["level"] == "info");
  CHECK(line["node"] == "control");
  CHECK(line["text"] == "says \"hello\"");
  CHECK(line.size() == 4);
}

TEST_CASE("a line of JSON names the job, lease, request and trace of its text") {
  const auto line = line_of("job 12 lease 34: taken from worker node 'w' (lease_lost)");
  CHECK(line["job"] == "12");
  CHECK(line["lease"] == "34");
  const auto access = line_of("GET /v1/jobs/{job} 200 1.2 ms 4 bytes request a-1 trace 4bf9");
  CHECK(access["request"] == "a-1");
  CHECK(access["trace"] == "4bf9");
  CHECK_FALSE(line_of("the request took 3 s, its job is done").contains("request"));
}

TEST_CASE("a line of JSON is JSON even when the text is no UTF-8") {
  CHECK(line_of("\xff")["text"] == "\xef\xbf\xbd");
}

} // namespace log_line_test
