// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "bench/wrk_output.hpp"

namespace wrk_output_test {

using namespace troupe::bench;

namespace {

/// What wrk prints when nothing went wrong, but for one figure.
std::string output_with(const std::string& name = {}, const std::string& value = {}) {
  std::string text = "Running 2s test @ http://127.0.0.1:8080\n  1 threads and 32 connections\n"
                     "Requests/sec:  61703.50\nTransfer/sec:     22.13MB\nmeasured";
  const std::vector<std::pair<std::string, std::string>> figures{
    {"requests", "123407"}, {"us", "2000000"},   {"p50", "420.0"}, {"p99", "1950.5"},
    {"refused", "0"},       {"unexpected", "0"}, {"broken", "0"}};
  for (const auto& [figure, usual] : figures)
    text += " " + figure + "=" + (figure == name ? value : usual);
  return text + "\n";
}

std::string refusal_of(const std::string& output) {
  auto figures = parse_wrk_output(output);
  REQUIRE_FALSE(figures);
  return figures.error().text;
}

} // namespace

TEST_CASE("wrk's figures are read from the last line of its script") {
  auto figures = parse_wrk_output(output_with());

  REQUIRE(figures);
  CHECK(figures->requests == 123407);
  CHECK(figures->seconds == Approx(2));
  CHECK(figures->p50_ms == Approx(0.42));
  CHECK(figures->p99_ms == Approx(1.9505));
}

TEST_CASE("one request that failed makes wrk's figures worthless") {
  CHECK(refusal_of(output_with("refused", "7"))
        == "of 123407 requests 7 were refused, 0 answered otherwise than expected, and 0 got no "
           "answer");
  CHECK_FALSE(parse_wrk_output(output_with("unexpected", "1")));
  CHECK_FALSE(parse_wrk_output(output_with("broken", "1")));
}

TEST_CASE("wrk that got no answer at all has no figures") {
  CHECK(refusal_of(output_with("requests", "0")) == "no request was answered");
  CHECK(refusal_of(output_with("us", "0")) == "no request was answered");
}

TEST_CASE("what wrk says instead of figures is told") {
  CHECK(refusal_of("unable to connect to 127.0.0.1:8080 Connection refused\n")
        == "wrk says: unable to connect to 127.0.0.1:8080 Connection refused\n");
  CHECK(refusal_of("measured requests=1 us=1\n") == "wrk does not tell 'p50'");
  CHECK(refusal_of(output_with("p99", "-nan?")) == "wrk's 'p99=-nan?' is no figure");
  CHECK(refusal_of(output_with("p99", "")) == "wrk's 'p99=' is no figure");
  CHECK(refusal_of("measured requests us=1\n") == "wrk's 'requests' is no figure");
}

} // namespace wrk_output_test
