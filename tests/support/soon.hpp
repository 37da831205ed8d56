// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <catch2/catch.hpp>
#include <chrono>
#include <future>

namespace troupe::test {

/// What `x` will hold. Fails the test where it does not come, instead of waiting for ever.
template <class T>
T soon(std::future<T> x) {
  REQUIRE(x.wait_for(std::chrono::seconds{60}) == std::future_status::ready);
  return x.get();
}

} // namespace troupe::test
