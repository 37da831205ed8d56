// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/fuzz/target.hpp"

/// What libFuzzer's own main calls. What the program's one target throws ends it, and is kept as a
/// find.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const auto run = troupe::fuzz::targets().at(0).run;
  run({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
