// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "messages/time.hpp"

namespace troupe {

/// Who causes a read that may take long, and for how long it is of use to them.
struct read_terms {
  /// Such as a token: those of one caller wait in a line of their own, which has a bound.
  std::string caller;
  /// Not 0: `abandon_read` with this number ends the read. No other read of the caller has it.
  std::uint64_t number = 0;
  milliseconds patience{0}; ///< it is given up after this; 0: as the repository thinks right

  bool operator==(const read_terms&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, read_terms& x) {
  return f(x.caller, x.number, x.patience);
}

/// Nobody waits any more for the read of these terms: it ends as soon as it can.
struct abandon_read {
  std::string caller;
  std::uint64_t number = 0;

  bool operator==(const abandon_read&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, abandon_read& x) {
  return f(x.caller, x.number);
}

} // namespace troupe
