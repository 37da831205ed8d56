// SPDX-License-Identifier: Apache-2.0
#include "actors/json_patch.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "actors/json_equality.hpp"
#include "messages/limits.hpp"

namespace troupe {

namespace {

// What all `copy` operations of a patch may add: the document could double with each of them.
constexpr std::size_t copied_bytes_max = 4 * limits::record_bytes_max;

// Of copying, comparing or measuring a value, beside looking at one member's name.
constexpr std::uint64_t work_a_value = 8;

using members = json_value::object_t;
using ordered_members = members::Container;
using elements = json_value::array_t;
using path_steps = std::vector<std::string>;

enum class patch_verb : std::uint8_t { add, remove, replace, move, copy, test };

constexpr std::array<std::pair<std::string_view, patch_verb>, 6> patch_verbs{{
  {"add", patch_verb::add},
  {"remove", patch_verb::remove},
  {"replace", patch_verb::replace},
  {"move", patch_verb::move},
  {"copy", patch_verb::copy},
  {"test", patch_verb::test},
}};

/// One operation, found well-formed.
struct patch_operation {
  patch_verb verb = patch_verb::test;
  std::string where; ///< in the patch: "/3"
  std::string path_text;
  std::string from_text;
  path_steps path;
  path_steps from;
  const json_value* value = nullptr;
};

/// RFC 6901; nothing if it is no pointer.
std::optional<path_steps> read_pointer(std::string_view text) {
  path_steps steps;
  if (!text.empty() && text.front() != '/')
    return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/') {
      steps.emplace_back();
    } else if (text[i] != '~') {
      steps.back() += text[i];
    } else {
      const char escaped = ++i < text.size() ? text[i] : ' ';
      if (escaped != '0' && escaped != '1')
        return std::nullopt;
      steps.back() += escaped == '0' ? '~' : '/';
    }
  }
  return steps;
}

result<path_steps> pointer_in(const json_value& operation, const char* name,
                              const std::string& where, std::string& text) {
  const auto found = operation.find(name);
  if (found == operation.end() || !found->is_string())
    return failure(errc::invalid_argument, where + ": '" + name + "' must be a JSON pointer");
  text = found->get<std::string>();
  auto steps = read_pointer(text);
  if (!steps)
    return failure(errc::invalid_argument,
                   where + "/" + name + ": '" + text + "' is no JSON pointer");
  return std::move(*steps);
}

result<patch_operation> read_operation(const json_value& x, std::string where) {
  if (!x.is_object())
    return failure(errc::invalid_argument, where + ": an operation must be an object");
  const auto what = x.find("op");
  const auto* known = patch_verbs.end();
  if (what != x.end() && what->is_string())
    known = std::find_if(patch_verbs.begin(), patch_verbs.end(), [&](const auto& verb) {
      return verb.first == what->get_ref<const std::string&>();
    });
  if (known == patch_verbs.end())
    return failure(errc::invalid_argument,
                   where + "/op: must be add, remove, replace, move, copy or test");
  patch_operation made;
  made.verb = known->second;
  auto path = pointer_in(x, "path", where, made.path_text);
  if (!path)
    return tl::unexpected<error>{path.error()};
  made.path = std::move(*path);
  if (made.verb == patch_verb::move || made.verb == patch_verb::copy) {
    auto from = pointer_in(x, "from", where, made.from_text);
    if (!from)
      return tl::unexpected<error>{from.error()};
    made.from = std::move(*from);
  } else if (made.verb != patch_verb::remove) {
    const auto value = x.find("value");
    if (value == x.end())
      return failure(errc::invalid_argument, where + ": 'value' is missing");
    made.value = &*value;
  }
  made.where = std::move(where);
  return made;
}

/// The index that a step names: at most `size`, which only "-" and the number itself give.
std::optional<std::size_t> index_of(const std::string& step, std::size_t size) {
  if (step == "-")
    return size;
  std::size_t index = 0;
  const auto* end = step.data() + step.size();
  const auto [stop, wrong] = std::from_chars(step.data(), end, index);
  const bool padded = step.size() > 1 && step.front() == '0';
  if (wrong != std::errc{} || stop != end || padded || index > size)
    return std::nullopt;
  return index;
}

std::size_t json_bytes(const json_value& x) {
  std::size_t bytes = 2;
  if (x.is_string())
    bytes += x.get_ref<const std::string&>().size();
  else if (x.is_array())
    for (const auto& element : x.get_ref<const elements&>())
      bytes += json_bytes(element) + 1;
  else if (x.is_object())
    for (const auto& [name, value] : x.get_ref<const members&>())
      bytes += name.size() + json_bytes(value) + 4;
  else
    bytes += 4;
  return bytes;
}

/// Takes the members out that were removed.
void sweep(json_value& x) {
  if (x.is_array())
    for (auto& element : x.get_ref<elements&>())
      sweep(element);
  if (!x.is_object())
    return;
  auto& all = static_cast<ordered_members&>(x.get_ref<members&>());
  const bool gone = std::any_of(all.begin(), all.end(),
                                [](const auto& member) { return member.second.is_discarded(); });
  for (auto& [name, value] : all)
    sweep(value);
  if (!gone)
    return;
  members kept;
  auto& ordered = static_cast<ordered_members&>(kept);
  for (auto& [name, value] : all)
    if (!value.is_discarded())
      ordered.emplace_back(name, std::move(value));
  x = json_value(std::move(kept));
}

/// A document on its way through the operations of one patch. A removed member stays in its place
/// as a discarded value until the end: to close the gap each time would take time in proportion to
/// the members behind it, and to copy the names of all of them.
class patched_document {
public:
  patched_document(json_value document, patch_work& work)
      : document_(std::move(document)), // braces would make an array of it
        work_{work} {}

  result<void> apply(const patch_operation& x);
  json_value take();

private:
  result<void> add(const patch_operation& x, json_value value);
  result<void> test(const patch_operation& x);
  result<void> move(const patch_operation& x);
  result<void> copy(const patch_operation& x);
  result<json_value> remove(const patch_operation& x, const path_steps& path,
                            const std::string& text);
  result<void> check_depth(const patch_operation& x, const json_value& value);
  result<void> spend(const patch_operation& x, std::uint64_t units);
  json_value* member_of(json_value& object, const std::string& name);
  json_value* find(const path_steps& path, std::size_t steps);
  tl::unexpected<error> refused(const patch_operation& x, const std::string& what) const {
    return failure(errc::patch_failed, x.where + ": " + what);
  }

  json_value document_;
  patch_work& work_;
  std::uint64_t spent_ = 0; ///< by `find`, and not taken from the budget yet
  std::size_t copied_ = 0;
  bool holey_ = false; ///< members were removed
};

json_value patched_document::take() {
  if (holey_)
    sweep(document_);
  return std::move(document_);
}

result<void> patched_document::spend(const patch_operation& x, std::uint64_t units) {
  units += std::exchange(spent_, 0);
  if (units > work_.left)
    return failure(errc::payload_too_large,
                   x.where + ": the patch is too much work at once; send it in several parts");
  work_.left -= units;
  return {};
}

json_value* patched_document::member_of(json_value& object, const std::string& name) {
  auto& all = static_cast<ordered_members&>(object.get_ref<members&>());
  for (auto& member : all) {
    ++spent_;
    if (member.first == name && !member.second.is_discarded())
      return &member.second;
  }
  return nullptr;
}

/// What the first steps of a path lead to; null: nothing.
json_value* patched_document::find(const path_steps& path, std::size_t steps) {
  auto* x = &document_;
  for (std::size_t i = 0; x != nullptr && i < steps; ++i) {
    if (x->is_object()) {
      x = member_of(*x, path[i]);
    } else if (x->is_array()) {
      auto& all = x->get_ref<elements&>();
      const auto index = index_of(path[i], all.size());
      x = index && *index < all.size() ? &all[*index] : nullptr;
    } else {
      x = nullptr;
    }
  }
  return x;
}

result<void> patched_document::check_depth(const patch_operation& x, const json_value& value) {
  if (auto allowed = spend(x, work_a_value * json_values(value)); !allowed)
    return allowed;
  if (x.path.size() + json_depth(value) > limits::json_depth_max)
    return refused(x, "the record would be nested deeper than "
                        + std::to_string(limits::json_depth_max));
  return {};
}

result<void> patched_document::add(const patch_operation& x, json_value value) {
  if (x.path.empty()) {
    document_ = std::move(value);
    return {};
  }
  auto* parent = find(x.path, x.path.size() - 1);
  if (parent == nullptr)
    return refused(x, "nothing is at the parent of '" + x.path_text + "'");
  if (parent->is_object()) {
    if (auto* there = member_of(*parent, x.path.back()))
      *there = std::move(value);
    else // no search, as the object's own functions would do
      static_cast<ordered_members&>(parent->get_ref<members&>())
        .emplace_back(x.path.back(), std::move(value));
    return spend(x, 0);
  }
  if (!parent->is_array())
    return refused(x, "the parent of '" + x.path_text + "' is neither object nor array");
  auto& all = parent->get_ref<elements&>();
  const auto index = index_of(x.path.back(), all.size());
  if (!index)
    return refused(x, "'" + x.path_text + "' is no place in an array of "
                        + std::to_string(all.size()));
  const auto at = static_cast<std::ptrdiff_t>(*index);
  if (auto allowed = spend(x, all.size() - *index); !allowed)
    return allowed;
  all.insert(all.begin() + at, std::move(value));
  return {};
}

result<json_value> patched_document::remove(const patch_operation& x, const path_steps& path,
                                            const std::string& text) {
  if (path.empty())
    return refused(x, "the whole record cannot be removed by a patch");
  auto* parent = find(path, path.size() - 1);
  if (parent != nullptr && parent->is_object()) {
    auto* there = member_of(*parent, path.back());
    if (there == nullptr)
      return refused(x, "nothing is at '" + text + "'");
    json_value taken = std::exchange(*there, json_value(json_value::value_t::discarded));
    holey_ = true;
    if (auto allowed = spend(x, 0); !allowed)
      return tl::unexpected<error>{allowed.error()};
    return taken;
  }
  if (parent == nullptr || !parent->is_array())
    return refused(x, "nothing is at '" + text + "'");
  auto& all = parent->get_ref<elements&>();
  const auto index = index_of(path.back(), all.size());
  if (!index || *index >= all.size())
    return refused(x, "nothing is at '" + text + "'");
  if (auto allowed = spend(x, all.size() - *index); !allowed)
    return tl::unexpected<error>{allowed.error()};
  json_value taken = std::move(all[*index]);
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(*index));
  return taken;
}

result<void> patched_document::test(const patch_operation& x) {
  const auto* there = find(x.path, x.path.size());
  if (auto allowed = spend(x, work_a_value * json_values(*x.value)); !allowed)
    return allowed;
  if (there == nullptr)
    return refused(x, "the test failed: nothing is at '" + x.path_text + "'");
  if (!same_json(*there, *x.value))
    return refused(x, "the test failed");
  return {};
}

result<void> patched_document::move(const patch_operation& x) {
  if (x.from == x.path) {
    if (find(x.from, x.from.size()) == nullptr)
      return refused(x, "nothing is at '" + x.from_text + "'");
    return spend(x, 0);
  }
  if (x.from.size() < x.path.size() && std::equal(x.from.begin(), x.from.end(), x.path.begin()))
    return refused(x, "'" + x.from_text + "' cannot be moved into itself");
  auto taken = remove(x, x.from, x.from_text);
  if (!taken)
    return tl::unexpected<error>{taken.error()};
  // What does not move further down was not too deep before.
  if (x.path.size() > x.from.size())
    if (auto fits = check_depth(x, *taken); !fits)
      return fits;
  return add(x, std::move(*taken));
}

result<void> patched_document::copy(const patch_operation& x) {
  const auto* there = find(x.from, x.from.size());
  if (there == nullptr)
    return refused(x, "nothing is at '" + x.from_text + "'");
  if (auto fits = check_depth(x, *there); !fits)
    return fits;
  copied_ += json_bytes(*there);
  if (copied_ > copied_bytes_max)
    return failure(errc::payload_too_large, x.where + ": the patch copies more than "
                                              + std::to_string(copied_bytes_max) + " bytes");
  return add(x, *there);
}

result<void> patched_document::apply(const patch_operation& x) {
  switch (x.verb) {
  case patch_verb::test:
    return test(x);
  case patch_verb::move:
    return move(x);
  case patch_verb::copy:
    return copy(x);
  case patch_verb::remove: {
    auto gone = remove(x, x.path, x.path_text);
    return gone ? result<void>{} : tl::unexpected<error>{gone.error()};
  }
  case patch_verb::replace:
  case patch_verb::add:
    break;
  }
  if (auto fits = check_depth(x, *x.value); !fits)
    return fits;
  if (x.verb == patch_verb::add)
    return add(x, *x.value);
  auto* there = find(x.path, x.path.size());
  if (there == nullptr)
    return refused(x, "nothing is at '" + x.path_text + "'");
  *there = *x.value;
  return spend(x, 0);
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
  auto& ordered = static_cast<ordered_members&>(merged);
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

result<json_value> json_patched(json_value target, const json_value& patch, patch_work& work) {
  if (!patch.is_array())
    return failure(errc::invalid_argument, "a JSON Patch must be an array of operations");
  if (patch.size() > patch_operations_max)
    return failure(errc::invalid_argument, "a JSON Patch has at most "
                                             + std::to_string(patch_operations_max)
                                             + " operations");
  std::vector<patch_operation> operations;
  operations.reserve(patch.size());
  for (std::size_t i = 0; i < patch.size(); ++i) {
    auto read = read_operation(patch[i], "/" + std::to_string(i));
    if (!read)
      return tl::unexpected<error>{read.error()};
    operations.push_back(std::move(*read));
  }
  patched_document document{std::move(target), work};
  for (const auto& x : operations)
    if (auto applied = document.apply(x); !applied)
      return tl::unexpected<error>{applied.error()};
  return document.take();
}

} // namespace troupe
