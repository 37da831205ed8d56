// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

/// What reads bytes from outside, each as a function that takes any bytes and throws if something
/// does not hold. libFuzzer calls one of them with what it makes up (`scripts/fuzz`); the test
/// program `fuzz_seeds` calls all of them with their seeds, which stand in `corpus/NAME`.
namespace troupe::fuzz {

struct target {
  std::string_view name; ///< of its file: NAME_target.cpp
  void (*run)(std::string_view bytes);
};

/// Those of this program, in no order.
std::vector<target>& targets();

/// Makes a target known. To be defined once in its file, as a constant.
class known_target {
public:
  known_target(std::string_view name, void (*run)(std::string_view bytes));
};

/// Throws `std::logic_error` with `what` if it does not hold.
void require(bool holds, std::string_view what);

/// Takes the first line off `rest`, without its end: of inputs that have several parts.
std::string_view take_line(std::string_view& rest);

/// Takes the first byte off `rest` as a number; 0 if there is none.
unsigned take_number(std::string_view& rest);

} // namespace troupe::fuzz
