// SPDX-License-Identifier: Apache-2.0
#include "actors/json_patch.hpp"

#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>

#include "messages/limits.hpp"

namespace troupe {

namespace {

// What all `copy` operations of a patch may add: the document could double with each of them.
constexpr std::size_t copied_bytes_max = 4 * limits::record_bytes_max;

using members = json_value::object_t;

result<json_value::json_pointer> pointer_in(const json_value& operation, const char* name,
                                            const std::string& where) {
  const auto found = operation.find(name);
  if (found == operation.end() || !found->is_string())
    return failure(errc::invalid_argument, where + ": '" + name + "' must be a JSON pointer");
  try {
    return json_value::json_pointer{found->get<std::string>()};
  } catch (const json_value::exception&) {
    return failure(errc::invalid_argument,
                   where + "/" + name + ": '" + found->get<std::string>() + "' is no JSON pointer");
  }
}

std::size_t steps_of(json_value::json_pointer pointer) {
  std::size_t steps = 0;
  for (; !pointer.empty(); pointer.pop_back())
    ++steps;
  return steps;
}

bool one_of(std::string_view x, std::initializer_list<std::string_view> names) {
  for (const auto name : names)
    if (x == name)
      return true;
  return false;
}

/// Says before an operation is applied that it would make the document too deep or too large:
/// afterwards it could be too late.
result<void> check_growth(const json_value& target, const json_value& operation,
                          const std::string& where, std::size_t& copied) {
  const auto what = operation["op"].get<std::string>();
  auto path = pointer_in(operation, "path", where);
  if (!path)
    return tl::unexpected<error>{path.error()};
  const json_value* added = nullptr;
  if (one_of(what, {"add", "replace", "test"})) {
    if (!operation.contains("value"))
      return failure(errc::invalid_argument, where + ": 'value' is missing");
    added = &operation["value"];
  } else if (one_of(what, {"copy", "move"})) {
    auto from = pointer_in(operation, "from", where);
    if (!from)
      return tl::unexpected<error>{from.error()};
    if (!target.contains(*from))
      return failure(errc::patch_failed, where + ": nothing is at '" + from->to_string() + "'");
    added = &target[*from];
    if (what == "copy")
      copied += json_text(*added).size();
  }
  if (copied > copied_bytes_max)
    return failure(errc::payload_too_large, where + ": the patch copies more than "
                                              + std::to_string(copied_bytes_max) + " bytes");
  if (added != nullptr && steps_of(*path) + json_depth(*added) > limits::json_depth_max)
    return failure(errc::patch_failed, where + ": the record would be nested deeper than "
                                         + std::to_string(limits::json_depth_max));
  return {};
}

result<void> check_operation(const json_value& x, const std::string& where) {
  if (!x.is_object())
    return failure(errc::invalid_argument, where + ": an operation must be an object");
  const auto what = x.find("op");
  if (what == x.end() || !what->is_string()
      || !one_of(what->get_ref<const std::string&>(),
                 {"add", "remove", "replace", "move", "copy", "test"}))
    return failure(errc::invalid_argument,
                   where + "/op: must be add, remove, replace, move, copy or test");
  return {};
}

// The library's text begins with its own name and number in brackets.
std::string reason_in(const json_value::exception& why) {
  const std::string text = why.what();
  const auto end = text.find("] ");
  return end == std::string::npos ? text : text.substr(end + 2);
}

result<void> apply(json_value& target, const json_value& operation, const std::string& where) {
  try {
    target.patch_inplace(json_value::array({operation}));
    return {};
  } catch (const json_value::parse_error& why) {
    return failure(errc::invalid_argument, where + ": " + reason_in(why));
  } catch (const json_value::other_error&) {
    return failure(errc::patch_failed, where + ": the test failed");
  } catch (const json_value::exception& why) {
    return failure(errc::patch_failed, where + ": " + reason_in(why));
  }
}

} // namespace

json_value merge_patched(json_value target, const json_value& patch) {
  if (!patch.is_object())
    return patch;
  if (!target.is_object())
    target = json_value::object();
  // By hash: the objects' own search is linear.
  std::unordered_map<std::string_view, const json_value*> changes;
  for (const auto& [name, value] : patch.get_ref<const members&>())
    changes.emplace(name, &value);
  members merged;
  auto& ordered = static_cast<members::Container&>(merged);
  for (auto& [name, value] : target.get_ref<members&>()) {
    const auto change = changes.find(name);
    if (change == changes.end()) {
      ordered.emplace_back(name, std::move(value));
      continue;
    }
    if (!change->second->is_null())
      ordered.emplace_back(name, merge_patched(std::move(value), *change->second));
    changes.erase(change);
  }
  for (const auto& [name, value] : patch.get_ref<const members&>())
    if (!value.is_null() && changes.contains(name))
      ordered.emplace_back(name, merge_patched(nullptr, value));
  return merged;
}

result<json_value> json_patched(json_value target, const json_value& patch) {
  if (!patch.is_array())
    return failure(errc::invalid_argument, "a JSON Patch must be an array of operations");
  if (patch.size() > patch_operations_max)
    return failure(errc::invalid_argument, "a JSON Patch has at most "
                                             + std::to_string(patch_operations_max)
                                             + " operations");
  for (std::size_t i = 0; i < patch.size(); ++i)
    if (auto checked = check_operation(patch[i], "/" + std::to_string(i)); !checked)
      return tl::unexpected<error>{checked.error()};
  std::size_t copied = 0;
  for (std::size_t i = 0; i < patch.size(); ++i) {
    const auto where = "/" + std::to_string(i);
    if (auto checked = check_growth(target, patch[i], where, copied); !checked)
      return tl::unexpected<error>{checked.error()};
    if (auto applied = apply(target, patch[i], where); !applied)
      return tl::unexpected<error>{applied.error()};
  }
  return target;
}

} // namespace troupe
