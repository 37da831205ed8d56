// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "apps/troupe/json_output.hpp"

namespace json_output_test {

using namespace troupe;

TEST_CASE("ids are texts in JSON, because they may be larger than a double can hold") {
  job x;
  x.id = 18'446'744'073'709'551'615u;
  x.state = job_state::succeeded;

  auto document = json_of(x, true);

  CHECK(document["id"] == "18446744073709551615");
  CHECK(document["state"] == "succeeded");
  CHECK(document["created_at"].is_null());
}

TEST_CASE("a payload that is no text is base64 in JSON") {
  job x;
  x.payload = "{\"a\": \"\xc3\xa4\"}";
  x.result = "\xff\x00";

  auto document = json_of(x, true);

  CHECK(document["payload"] == x.payload);
  CHECK_FALSE(document.contains("result"));
  CHECK(document["result_base64"] == "/w==");
  CHECK(json::parse(to_line(document)) == document);
}

TEST_CASE("a short description of a job leaves out what may be large") {
  auto document = json_of(job{}, false);

  CHECK_FALSE(document.contains("payload"));
  CHECK_FALSE(document.contains("history"));
}

TEST_CASE("an error in JSON has a code for programs and a text for people") {
  CHECK(to_line(json_of(error{errc::unknown_queue, "no queue 'mail' is declared"}))
        == R"({"error":{"code":"unknown_queue","text":"no queue 'mail' is declared"}})");
}

} // namespace json_output_test
