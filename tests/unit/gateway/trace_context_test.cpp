// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/trace_context.hpp"

namespace trace_context_test {

using namespace troupe;

namespace {

const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string with(std::size_t at, char x) {
  auto text = good;
  text[at] = x;
  return text;
}

} // namespace

TEST_CASE("a trace id is taken from a well-formed traceparent") {
  CHECK(trace_id_of(good) == "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST_CASE("a later version of traceparent may go on after what is known") {
  CHECK(trace_id_of("01" + good.substr(2) + "-more"));
  CHECK_FALSE(trace_id_of("01" + good.substr(2) + "more"));
  CHECK_FALSE(trace_id_of(good + "-more"));
}

TEST_CASE("a malformed traceparent is ignored") {
  CHECK_FALSE(trace_id_of(""));
  CHECK_FALSE(trace_id_of(good.substr(1)));
  CHECK_FALSE(trace_id_of(with(5, 'A')));
  CHECK_FALSE(trace_id_of(with(5, '\n')));
  CHECK_FALSE(trace_id_of(with(2, '_')));
  CHECK_FALSE(trace_id_of("ff" + good.substr(2)));
  CHECK_FALSE(trace_id_of("00-" + std::string(32, '0') + good.substr(35)));
  CHECK_FALSE(trace_id_of(good.substr(0, 36) + std::string(16, '0') + "-01"));
}

TEST_CASE("a traceparent is handed on as it came, of a later version what version 00 has") {
  CHECK(checked_trace_parent(good) == good);
  CHECK(checked_trace_parent("01" + good.substr(2) + "-more") == "01" + good.substr(2));
  CHECK(checked_trace_parent(good + ", " + good).empty());
  CHECK(checked_trace_parent("").empty());
}

TEST_CASE("a request id is taken over only if it can do no harm in a log") {
  CHECK(is_request_id("a-1_B.2"));
  CHECK_FALSE(is_request_id(""));
  CHECK_FALSE(is_request_id("a b"));
  CHECK_FALSE(is_request_id("a\r\nSet-Cookie: b"));
  CHECK_FALSE(is_request_id(std::string(129, 'a')));
}

} // namespace trace_context_test
