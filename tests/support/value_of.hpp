// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdexcept>
#include <utility>

#include "messages/errors.hpp"

namespace troupe::test {

/// The value; throws when there is none, with the reason.
template <class T>
T value_of(result<T> answer) {
  if (!answer)
    throw std::runtime_error{to_string(answer.error())};
  return std::move(*answer);
}

} // namespace troupe::test
