// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "apps/troupe/text_format.hpp"
#include "apps/troupe/text_table.hpp"
#include "messages/record.hpp"

namespace text_format_test {

using namespace troupe;
using namespace std::chrono_literals;

TEST_CASE("what is counted stands in the plural, unless it is one") {
  CHECK(format_count(0, "job") == "0 jobs");
  CHECK(format_count(1, "job") == "1 job");
  CHECK(format_count(2, "job") == "2 jobs");
}

TEST_CASE("times are ISO 8601 in UTC, and never is nothing") {
  CHECK(format_time(timestamp{}) == "");
  CHECK(format_time(timestamp{1'000'000'000s + 1500us}) == "2001-09-09T01:46:40.001Z");
  CHECK(format_time(timestamp{-1us}) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("times that clocks of nanoseconds or calendars do not reach are told all the same") {
  CHECK(format_time(timestamp{10'000'000'000s}) == "2286-11-20T17:46:40.000Z");
  CHECK(format_time(timestamp::max()) == "9999-12-31T23:59:59.999Z");
  CHECK(format_time(timestamp::min()) == "0000-01-01T00:00:00.000Z");
  CHECK(rfc3339(timestamp::max()) == "9999-12-31T23:59:59.999999Z");
  CHECK(rfc3339(timestamp::min()) == "0000-01-01T00:00:00.000000Z");
}

TEST_CASE("ages have the two units that matter") {
  CHECK(format_age(850ms) == "850 ms");
  CHECK(format_age(12'349ms) == "12.3 s");
  CHECK(format_age(200s) == "3 min 20 s");
  CHECK(format_age(125min) == "2 h 5 min");
  CHECK(format_age(99h) == "4 d 3 h");
  CHECK(format_age(2min) == "2 min");
}

TEST_CASE("neighbouring ids are taken together") {
  CHECK(format_ids({}) == "");
  CHECK(format_ids({7}) == "7");
  CHECK(format_ids({7, 8, 9, 12, 14, 15}) == "7-9 12 14-15");
}

TEST_CASE("text from a job cannot move the cursor or break a line") {
  CHECK(one_line("a\nb\x1b[2Jc\x7f", 100) == "a b [2Jc ");
  CHECK(one_line("\xc2\x9b"
                 "2J",
                 100)
        == " 2J");
  CHECK(one_line("\xff\xc3", 100) == "??");
}

TEST_CASE("long text is cut between characters") {
  CHECK(one_line("abcdef", 6) == "abcdef");
  CHECK(one_line("abcdefg", 6) == "abc...");
  CHECK(one_line("äöüäöüä", 6) == "äöü...");
  CHECK(one_line("abcdef", 2) == "ab");
  CHECK(character_count("äöü") == 3);
}

TEST_CASE("a text of several lines keeps them and loses what a terminal would obey") {
  CHECK(text_block("", 0).empty());
  CHECK(text_block("one\n", 0) == std::vector<std::string>{"one"});
  CHECK(text_block("a\r\n\n  b\x1b[2J\n\n", 0) == std::vector<std::string>{"a", "", "  b [2J"});
}

TEST_CASE("a long text is cut in its middle and says so") {
  CHECK(text_block("1\n2\n3\n4\n5\n6", 4)
        == std::vector<std::string>{"1", "2", "... 2 lines left out ...", "5", "6"});
  CHECK(text_block("1\n2\n3\n4", 4).size() == 4);
}

TEST_CASE("bytes become base64") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("\xff\xfe\xfd") == "//79");
}

TEST_CASE("a table aligns its columns and ends at the given width") {
  text_table table{{{"NAME"}, {"COUNT", true}, {"NOTE"}}};
  table.add({"ä", "7", "first\nline"});
  table.add({"longer", "1234", ""});

  CHECK(table.lines(0)
        == std::vector<std::string>{"NAME    COUNT  NOTE", "ä           7  first line",
                                    "longer   1234"});
  CHECK(table.lines(12)[0] == "NAME    C...");
}

} // namespace text_format_test
