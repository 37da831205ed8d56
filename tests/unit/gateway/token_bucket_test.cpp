// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "gateway/token_bucket.hpp"

namespace token_bucket_test {

using namespace troupe;
using namespace std::chrono_literals;

namespace {

const token_bucket::time_point start{1h};

int take_all(token_bucket& bucket, token_bucket::time_point now) {
  int taken = 0;
  while (bucket.take(now))
    ++taken;
  return taken;
}

} // namespace

TEST_CASE("a burst passes, and then so many a second") {
  token_bucket bucket{10, 5, start};

  CHECK(take_all(bucket, start) == 5);
  CHECK(bucket.until_next().count() == Approx(0.1));
  CHECK_FALSE(bucket.take(start + 99ms));
  CHECK(bucket.take(start + 101ms));
  CHECK(take_all(bucket, start + 401ms) == 3);
}

TEST_CASE("a bucket never holds more than its burst") {
  token_bucket bucket{10, 5, start};
  take_all(bucket, start);

  CHECK_FALSE(bucket.full(start + 400ms));
  CHECK(bucket.full(start + 600ms));
  CHECK(take_all(bucket, start + 24h) == 5);
  CHECK(bucket.until_full().count() == Approx(0.5));
}

TEST_CASE("time that goes back gives nothing, and takes nothing") {
  token_bucket bucket{10, 5, start};
  take_all(bucket, start);

  CHECK_FALSE(bucket.take(start - 1h));
  CHECK(bucket.take(start + 101ms));
}

TEST_CASE("who has any may take more and owes the rest") {
  token_bucket bucket{10, 5, start};
  CHECK(bucket.take_on_credit(25, start));
  CHECK(bucket.left() == Approx(-20));
  CHECK_FALSE(bucket.take_on_credit(1, start + 2s));
  CHECK(bucket.until_next().count() == Approx(0.1));
  CHECK(bucket.take_on_credit(1, start + 2101ms));
  bucket.owe(100, start + 2101ms);
  CHECK_FALSE(bucket.any(start + 10s));
}

} // namespace token_bucket_test
