// SPDX-License-Identifier: Apache-2.0
#include <caf/error.hpp>
#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>
#include <catch2/catch.hpp>

#include "messages/caf_words.hpp"
#include "messages/errors.hpp"

namespace caf_words_test {

using namespace troupe;

namespace {

void check_plain(const caf::error& x) {
  const auto text = words_of(x);
  CAPTURE(text, from_caf(x).text);
  CHECK_FALSE(text.empty());
  for (const auto* jargon : {"system_error", "exit_reason", "error(", "_"}) {
    CHECK(text.find(jargon) == std::string::npos);
    CHECK(from_caf(x).text.find(jargon) == std::string::npos);
  }
}

} // namespace

TEST_CASE("no error of the actor library is told to people in its own words") {
  for (int code = 1; code <= static_cast<int>(caf::sec::connection_timeout); ++code)
    check_plain(make_error(static_cast<caf::sec>(code)));
  for (int code = 1; code <= static_cast<int>(caf::exit_reason::unreachable); ++code)
    check_plain(make_error(static_cast<caf::exit_reason>(code)));
  CHECK(words_of({}) == "done");
}

TEST_CASE("an error that has a text is told by it") {
  CHECK(words_of(caf::make_error(caf::sec::runtime_error, std::string{"out of paper"}))
        == "out of paper");
  CHECK(words_of(to_caf({errc::queue_full, "no room"})) == "queue_full: no room");
}

TEST_CASE("who was asked and is gone is a reason to look at the nodes") {
  CHECK(from_caf(make_error(caf::sec::request_receiver_down)).code == errc::unavailable);
  CHECK_THAT(words_of(make_error(caf::sec::request_receiver_down)),
             Catch::Contains("troupe nodes"));
}

} // namespace caf_words_test
