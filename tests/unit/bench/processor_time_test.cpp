// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "bench/processor_time.hpp"

namespace processor_time_test {

using namespace troupe::bench;

TEST_CASE("the ticks of a process are what it ran in its own code and in the kernel") {
  CHECK(ticks_of_process("4242 (nginx) S 1 4242 4242 0 -1 4194560 900 0 3 0 120 345 7 8 20 0 1 0\n")
        == 465);
}

TEST_CASE("a program's name may look like the rest of its line") {
  CHECK(ticks_of_process("7 (a) R 1 (b) S 1 7 7 0 -1 4194560 900 0 3 0 10 5 0 0 20 0 1 0\n") == 15);
}

TEST_CASE("a process that has ended has no ticks") {
  CHECK(ticks_of_process("") == 0);
  CHECK(ticks_of_process("7 (a) R 1 7") == 0);
}

TEST_CASE("a core that idles or waits for the disk is not busy, one that was taken away is") {
  CHECK(busy_ticks("cpu  100 20 30 4000 500 6 7 8 0 0\ncpu0 50 10 15 2000 250 3 3 4 0 0\n")
        == 100 + 20 + 30 + 6 + 7 + 8);
}

} // namespace processor_time_test
