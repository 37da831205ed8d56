// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <set>

#include "gateway/access_token.hpp"

namespace access_token_test {

using namespace troupe;

TEST_CASE("a token's text leads to its id and its hash") {
  auto token = make_token();

  CHECK(token.text.size() == 62);
  CHECK(token.text.starts_with("troupe_" + token.id));
  CHECK(token.text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_")
        == std::string::npos);
  CHECK(token_id(token.text) == token.id);
  CHECK(token.hash.size() == 32);
  CHECK(same_hash(token_hash(token.text), token.hash));
}

TEST_CASE("no two tokens are the same") {
  std::set<std::string> ids, texts;
  for (int i = 0; i < 100; ++i) {
    auto token = make_token();
    ids.insert(token.id);
    texts.insert(token.text);
  }
  CHECK(ids.size() == 100);
  CHECK(texts.size() == 100);
}

TEST_CASE("S2 a text that is no token has no id") {
  const auto right = make_token().text;
  for (const auto& text :
       {std::string{}, std::string{"troupe_"}, right + "x", right.substr(1), "x" + right,
        right.substr(0, right.size() - 1), std::string(62, 'a'), std::string(1'000'000, 'a')})
    CHECK_FALSE(token_id(text));
}

TEST_CASE("S2 hashes that differ anywhere, or in length, are not the same") {
  const auto hash = token_hash("a");
  for (std::size_t i = 0; i < hash.size(); ++i) {
    auto other = hash;
    other[i] = static_cast<char>(other[i] ^ 1);
    CHECK_FALSE(same_hash(hash, other));
  }
  CHECK_FALSE(same_hash(hash, hash.substr(1)));
  CHECK_FALSE(same_hash(hash, ""));
}

TEST_CASE("the hash is SHA-256") {
  // Of "abc", FIPS 180-4's example.
  constexpr std::string_view hash{
    "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23"
    "\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad",
    32};
  CHECK(token_hash("abc") == hash);
}

} // namespace access_token_test
