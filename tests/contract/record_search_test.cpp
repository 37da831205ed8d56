// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "persistence/search_language.hpp"
#include "tests/contract/record_samples.hpp"
#include "tests/contract/samples.hpp"

namespace record_search_test {

using namespace troupe;
using namespace troupe::test;

namespace {

query_records search_for(const std::string& words, std::uint32_t limit = 100) {
  return {"notes", {}, words, {}, {}, limit, false};
}

names found(record_driver& store, const std::string& words) {
  auto ids = ids_of(store.select(search_for(words)).records);
  std::sort(ids.begin(), ids.end());
  return ids;
}

collection_declaration searched() {
  return {"notes", {}, {"title", "body.text"}, "", {}};
}

void write_title(record_driver& store, const std::string& id, const std::string& title) {
  store.must_write(put(id, R"({"title":")" + title + "\"}"));
}

} // namespace

FOR_EACH_ENGINE("words are found inside of texts without blanks") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({searched()});
  write_title(store, "tokyo", "東京都の天気。今日は晴れ");
  write_title(store, "kyoto", "京都へ行く");
  write_title(store, "phone", "iPhone15を買う");
  write_title(store, "thai", "สวัสดีชาวโลก");
  write_title(store, "korean", "대한민국의 수도는 서울이다");

  CHECK(found(store, "東京") == names{"tokyo"});
  CHECK(found(store, "京都") == names{"kyoto", "tokyo"});
  CHECK(found(store, "都") == names{"kyoto", "tokyo"});
  CHECK(found(store, "晴れ") == names{"tokyo"});
  CHECK(found(store, "れ") == names{"tokyo"});
  CHECK(found(store, "東都").empty());
  CHECK(found(store, "気今").empty());
  CHECK(found(store, "\"天気。今日\"") == names{"tokyo"});
  CHECK(found(store, "天気 京都 NOT 行く") == names{"tokyo"});
  CHECK(found(store, "買う iphone*") == names{"phone"});
  CHECK(found(store, "iphone15を買") == names{"phone"});
  CHECK(found(store, "ชาว") == names{"thai"});
  CHECK(found(store, "민국") == names{"korean"});
  CHECK(found(store, "서울") == names{"korean"});
  CHECK(found(store, "title:서울 수도*") == names{"korean"});

  // An index must be told what to take out.
  write_title(store, "tokyo", "大阪");
  CHECK(found(store, "京都") == names{"kyoto"});
  CHECK(found(store, "大阪") == names{"tokyo"});
}

FOR_EACH_ENGINE("a search knows AND OR NOT groups phrases prefixes and fields") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({searched()});
  store.must_write(put("a", R"({"title":"red apple","body":{"text":"green leaves"}})"));
  store.must_write(put("b", R"({"title":"green apple","body":{"text":"red worm"}})"));
  store.must_write(put("c", R"({"title":"not or and","body":{"text":"12:30 http://x"}})"));

  CHECK(found(store, "worm OR leaves") == names{"a", "b"});
  CHECK(found(store, "red apple NOT worm") == names{"a"});
  CHECK(found(store, "apple NOT worm NOT leaves").empty());
  CHECK(found(store, "apple (worm OR leaves) green") == names{"a", "b"});
  CHECK(found(store, "apple NOT (worm leaves)") == names{"a", "b"});
  CHECK(found(store, "title:red") == names{"a"});
  CHECK(found(store, "body.text:red AND title:green") == names{"b"});
  CHECK(found(store, "title:\"green app\"*") == names{"b"});
  CHECK(found(store, "title:gre*") == names{"b"});
  CHECK(found(store, "\"apple red\"").empty());
  CHECK(found(store, "12:30") == names{"c"});
  CHECK(found(store, "http://x") == names{"c"});
  CHECK(found(store, "not and or") == names{"c"});
  CHECK(found(store, "NOT") == names{"c"});
  CHECK(found(store, "not OR") == names{"c"});
  CHECK(found(store, "AND") == names{"c"});
  CHECK(store.refusal(search_for("NOT red")).code == errc::invalid_argument);
  CHECK(store.refusal(search_for("(((((((((((((((((red")).code == errc::invalid_argument);
  std::string many;
  for (int i = 0; i < 64; ++i)
    many += i % 2 == 0 ? " apple" : " NOT x" + std::to_string(i);
  CHECK(found(store, many) == names{"a", "b"});
  CHECK(store.refusal(search_for(many + " more")).code == errc::invalid_argument);
}

FOR_EACH_ENGINE("every match is shown once whatever is written between the pages") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({searched()});
  std::set<std::string> wanted;
  for (int i = 0; i < 120; ++i) {
    const auto id = "r" + std::to_string(i);
    const bool match = i % 3 == 0;
    std::string text = match ? "soup" : "salad";
    for (int more = 0; more < i % 5; ++more)
      text += match && more % 2 == 0 ? " soup" : " bread";
    write_title(store, id, text);
    if (match)
      wanted.insert(id);
  }

  auto query = search_for("soup", 7);
  std::vector<std::string> shown;
  for (int page = 0; page < 30; ++page) {
    const auto part = store.select(query);
    for (const auto& x : part.records)
      shown.push_back(x.id);
    if (part.last.empty())
      break;
    query.after = part.last;
    write_title(store, "new" + std::to_string(page), "salad bread soupy " + std::string(900, 'x'));
    write_title(store, "r1", "salad " + std::to_string(page));
    store.must_write(removal("r" + std::to_string(3 * page + 2)));
  }

  CHECK(shown.size() == wanted.size());
  CHECK(std::set<std::string>(shown.begin(), shown.end()) == wanted);
}

FOR_EACH_ENGINE("the best match is first") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({searched()});
  write_title(store, "a", "soup with bread and butter and salt and more of all that");
  write_title(store, "b", "soup");
  write_title(store, "c", "soup soup");
  CHECK(ids_of(store.select(search_for("soup")).records) == names{"c", "b", "a"});
}

FOR_EACH_ENGINE("texts are compared by what they contain and whatever the case of letters") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({plain("notes")});
  store.must_write(put("a", R"({"t":"Ärger im ΒΙΒΛΊΟ","a.b":{"not":1},"not":2,"true":3})"));
  store.must_write(put("b", R"({"t":"100%_sure","n":7})"));
  store.must_write(put("c", R"({"s":"ΣΊΣΥΦΟΣ"})"));
  const auto where = [&](filter_operator what, const std::string& field, const std::string& value) {
    return ids_of(
      store.select({"notes", {{what, field, {value}}}, "", {}, {}, 100, false}).records);
  };
  using enum filter_operator;
  CHECK(where(contains, "t", "\"ger i\"") == names{"a"});
  CHECK(where(contains, "t", "\"%_\"") == names{"b"});
  CHECK(where(contains, "t", "\"GER\"").empty());
  CHECK(where(contains, "t", "\"\"") == names{"a", "b"});
  CHECK(where(contains, "n", "\"7\"").empty());
  CHECK(where(icontains, "t", "\"βιβλίο\"") == names{"a"});
  CHECK(where(istarts_with, "t", "\"äRG\"") == names{"a"});
  CHECK(where(istarts_with, "t", "\"rg\"").empty());
  CHECK(where(iequal, "t", "\"100%_SURE\"") == names{"b"});
  CHECK(where(iequal, "id", "\"A\"") == names{"a"});
  CHECK(where(iequal, "s", "\"σίσυφος\"") == names{"c"});
  CHECK(where(equal, "`a.b`.not", "1") == names{"a"});
  CHECK(where(equal, "not", "2") == names{"a"});
  CHECK(where(equal, "true", "3") == names{"a"});
  CHECK(where(equal, "a.b.not", "1").empty());
}

FOR_EACH_ENGINE("integers beyond 63 bits are compared exactly") {
  TestType engine;
  record_driver store{engine.store()};
  store.declare({{"notes", {"n"}, {}, "", {}}});
  const names values{"-9223372036854775808", "9223372036854775807",  "9223372036854775808",
                     "18446744073709551614", "18446744073709551615", "18446744073709551616.0",
                     "9223372036854775808.0"};
  for (std::size_t i = 0; i < values.size(); ++i)
    store.must_write(
      put(std::to_string(i), "{\"n\":" + values[i] + ",\"list\":[" + values[i] + "]}"));
  const auto where
    = [&](filter_operator what, const std::string& value, const std::string& field = "n") {
        return ids_of(
          store.select({"notes", {{what, field, {value}}}, "", {}, {}, 100, false}).records);
      };
  using enum filter_operator;
  CHECK(where(equal, "18446744073709551615") == names{"4"});
  CHECK(where(equal, "18446744073709551614") == names{"3"});
  CHECK(where(equal, "18446744073709551613").empty());
  CHECK(where(equal, "9223372036854775808") == names{"2", "6"});
  CHECK(where(equal, "9223372036854775808.0") == names{"2", "6"});
  CHECK(where(equal, "18446744073709551616.0") == names{"5"});
  CHECK(where(equal, "9223372036854775807") == names{"1"});
  CHECK(where(greater, "18446744073709551614") == names{"4", "5"});
  CHECK(where(greater_equal, "18446744073709551615") == names{"4", "5"});
  CHECK(where(less, "18446744073709551615") == names{"0", "1", "2", "3", "6"});
  CHECK(where(less_equal, "9223372036854775808") == names{"0", "1", "2", "6"});
  CHECK(where(less, "9223372036854775808") == names{"0", "1"});
  CHECK(where(not_equal, "18446744073709551615").size() == 6);
  CHECK(where(has, "18446744073709551614", "list") == names{"3"});
}

} // namespace record_search_test
