// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <utility>
#include <vector>

#include "actors/job_labels.hpp"
#include "messages/limits.hpp"

namespace job_labels_test {

using namespace troupe;
using Catch::Contains;

namespace {

const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string why(std::vector<std::string> tags, std::string trace_parent = "") {
  const auto refused = refusal_of_labels({"x", {}, std::move(tags), std::move(trace_parent)});
  if (refused)
    CHECK(refused->code == errc::invalid_argument);
  return refused ? refused->text : "";
}

} // namespace

TEST_CASE("different tags of any printable text are taken, up to a number and a length") {
  CHECK(why({}).empty());
  CHECK(
    why({"a", "A", "customer 7", "\u00e4\u20ac\U0001f600", "\u00a0", "100 %", "a,b:c"}).empty());
  CHECK(why({std::string(limits::job_tag_bytes_max, 'x')}).empty());
  std::vector<std::string> most;
  for (std::size_t i = 0; i < limits::job_tags_max; ++i)
    most.push_back(std::to_string(i));
  CHECK(why(most).empty());
}

TEST_CASE("S2: tags that are too many, too long, empty or doubled are refused with the reason") {
  std::vector<std::string> many;
  for (std::size_t i = 0; i <= limits::job_tags_max; ++i)
    many.push_back(std::to_string(i));
  CHECK_THAT(why(many), Contains("11 tags") && Contains("at most 10"));
  CHECK_THAT(why({"a", std::string(limits::job_tag_bytes_max + 1, 'x')}), Contains("81 bytes"));
  CHECK_THAT(why({""}), Contains("0 bytes"));
  CHECK_THAT(why({"a", "b", "a"}), Contains("'a' is there twice"));
}

TEST_CASE("S2: tags that would garble a page or a log are refused") {
  for (const auto* tag :
       {"a\nb", "\t", "\x1b[31m", "\x7f", "\xc2\x85", "\xff", "\xc3", "\xed\xa0\x80"}) {
    CAPTURE(tag);
    CHECK_THAT(why({tag}), Contains("UTF-8") && Contains("control characters"));
  }
  CHECK_FALSE(why({std::string("a\0b", 3)}).empty());
}

TEST_CASE("S2: a trace that is too long or cannot stand in a header is refused") {
  CHECK(why({}, trace).empty());
  CHECK(why({}, std::string(limits::trace_parent_bytes_max, 'x')).empty());
  CHECK_THAT(why({}, std::string(limits::trace_parent_bytes_max + 1, 'x')),
             Contains("65 bytes") && Contains("at most 64"));
  CHECK_FALSE(why({}, "a b").empty());
  CHECK_FALSE(why({}, "a\r\nb").empty());
  CHECK_FALSE(why({}, "\u00e4").empty());
}

TEST_CASE("a delivery is named with its job, its lease and, if there is one, its trace id") {
  CHECK(delivery_name({12, 34}, trace) == "job 12 lease 34 trace 4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(delivery_name({12, 34}, "") == "job 12 lease 34");
  for (const auto* other : {"00-4bf9-00f067aa0ba902b7-01", "x", "4bf92f3577b34da6a3ce929d0e0e4736",
                            "00-4bf92f3577b34da6a3ce929d0e0e473G-00f067aa0ba902b7-01",
                            "00-4bf92f3577b34da6a3ce929d0e0e4736+00f067aa0ba902b7-01",
                            "00+4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}) {
    CAPTURE(other);
    CHECK(delivery_name({12, 34}, other) == "job 12 lease 34");
  }
}

} // namespace job_labels_test
