// SPDX-License-Identifier: Apache-2.0
#include "tests/support/record_operation.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace troupe::test {

namespace {

std::string_view name_of(operation_kind x) {
  switch (x) {
  case operation_kind::read:
    return "read";
  case operation_kind::put:
    return "put";
  case operation_kind::create:
    return "create";
  case operation_kind::merge:
    return "merge";
  case operation_kind::remove:
    return "remove";
  }
  return "?";
}

std::string answer_of(const record_operation& x) {
  switch (x.end) {
  case operation_end::done:
    if (x.kind == operation_kind::read)
      return x.version == 0 ? "absent" : fmt::format("version {} {}", x.version, x.value);
    return fmt::format("{}version {} {}", x.created ? "created " : "", x.version, x.merged);
  case operation_end::precondition_failed:
    return "precondition_failed";
  case operation_end::unknown_record:
    return "unknown_record";
  case operation_end::unknown:
    break;
  }
  return "no answer";
}

} // namespace

std::string to_string(const record_operation& x) {
  auto returned = x.returned == never ? "..." : std::to_string(x.returned);
  auto condition = x.expected == 0 ? "" : fmt::format(" at version {}", x.expected);
  auto argument = x.kind == operation_kind::read ? "" : ' ' + x.value;
  return fmt::format("[{} {}] client {}: {}{}{} -> {}", x.invoked, returned, x.client,
                     name_of(x.kind), argument, condition, answer_of(x));
}

std::string canonical_json(const std::string& text) {
  return nlohmann::json::parse(text).dump();
}

} // namespace troupe::test
