// SPDX-License-Identifier: Apache-2.0
#include "actors/json_reader.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <vector>

#include "messages/limits.hpp"

namespace troupe {

namespace {

constexpr std::size_t shown_name_max = 60;

/// Builds a value as the parser comes by, and stops it at the first thing that cannot be kept.
class json_builder final : public nlohmann::json_sax<json_value> {
public:
  explicit json_builder(std::size_t values_max) : values_max_{values_max} {}

  bool null() override { return scalar(nullptr); }
  bool boolean(bool x) override { return scalar(x); }
  bool number_integer(std::int64_t x) override { return scalar(x); }
  bool number_unsigned(std::uint64_t x) override { return scalar(x); }
  bool number_float(double x, const std::string& text) override;
  bool string(std::string& x) override;
  bool binary(json_value::binary_t&) override { return refuse("binary data is no JSON"); }
  bool start_object(std::size_t) override { return open(json_value::object()); }
  bool key(std::string& name) override;
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(json_value::array()); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t byte, const std::string&,
                   const nlohmann::detail::exception& why) override;

  json_value root;
  std::string problem;

private:
  struct container {
    json_value* value;
    std::string name; ///< of the member that comes next
    std::unordered_set<std::string> names;
  };

  bool scalar(json_value x) { return add(std::move(x)) != nullptr; }
  bool open(json_value empty);
  bool close();
  json_value* add(json_value x);
  bool refuse(const std::string& what);
  std::string place() const;

  std::vector<container> open_;
  std::size_t values_max_;
  std::size_t values_ = 0;
};

// A long name or a deep place must not make a long error.
std::string shortened(std::string x) {
  if (x.size() > shown_name_max)
    x = x.substr(0, shown_name_max) + "...";
  return x;
}

std::string json_builder::place() const {
  std::string pointer;
  for (const auto& x : open_) {
    // An array already counts the container that is open in it.
    const bool innermost = &x == &open_.back();
    pointer += '/';
    pointer += x.value->is_array() ? std::to_string(x.value->size() - (innermost ? 0 : 1))
                                   : shortened(pointer_step(x.name));
  }
  return pointer.empty() ? "the JSON" : pointer;
}

bool json_builder::refuse(const std::string& what) {
  problem = place() + ": " + what;
  return false;
}

json_value* json_builder::add(json_value x) {
  if (++values_ > values_max_) {
    refuse("more than " + std::to_string(values_max_) + " values in one text");
    return nullptr;
  }
  if (open_.empty()) {
    root = std::move(x);
    return &root;
  }
  auto& parent = open_.back();
  if (parent.value->is_array()) {
    parent.value->push_back(std::move(x));
    return &parent.value->back();
  }
  // The names are known to be different: no search, as the object's own functions would do.
  auto& inner = parent.value->get_ref<json_value::object_t&>();
  return &static_cast<json_value::object_t::Container&>(inner)
            .emplace_back(parent.name, std::move(x))
            .second;
}

bool json_builder::open(json_value empty) {
  if (open_.size() == limits::json_depth_max)
    return refuse("nested deeper than " + std::to_string(limits::json_depth_max));
  auto* added = add(std::move(empty));
  if (added == nullptr)
    return false;
  open_.push_back({added, {}, {}});
  return true;
}

bool json_builder::close() {
  open_.pop_back();
  return true;
}

bool json_builder::number_float(double x, const std::string& text) {
  // The parser makes a double of what does not fit into 64 bits.
  if (text.find_first_of(".eE") == std::string::npos)
    return refuse("the integer " + shortened(text) + " does not fit into 64 bits");
  // As 1e-400: what is kept would be another number.
  if (x == 0 && text.find_first_of("123456789") < text.find_first_of("eE"))
    return refuse("the number " + shortened(text) + " is too small for a double");
  return scalar(x);
}

bool json_builder::string(std::string& x) {
  if (x.find('\0') != std::string::npos)
    return refuse("a NUL character in a text");
  return scalar(std::move(x));
}

bool json_builder::key(std::string& name) {
  auto& object = open_.back();
  object.name = name;
  if (name.find('\0') != std::string::npos) {
    object.name = name.substr(0, name.find('\0'));
    return refuse("a NUL character in a name");
  }
  if (!object.names.insert(name).second)
    return refuse("the name comes twice");
  return true;
}

bool json_builder::parse_error(std::size_t byte, const std::string&,
                               const nlohmann::detail::exception& why) {
  if (why.id == 406)
    return refuse("a number is too large for a double");
  // "[json.exception.parse_error.101] parse error at line 1, column 5: what was wrong": the rest of
  // the parser's text quotes bytes that need not be UTF-8.
  std::string text = why.what();
  const auto begin = text.find(": ");
  text = begin == std::string::npos ? std::string{} : text.substr(begin + 2);
  text = text.substr(0, text.find("; last read"));
  problem = "byte " + std::to_string(byte == 0 ? 0 : byte - 1) + ": " + shortened(text);
  return false;
}

} // namespace

std::string pointer_step(std::string_view name) {
  std::string step;
  for (const auto x : name)
    if (x == '~')
      step += "~0";
    else if (x == '/')
      step += "~1";
    else
      step += x;
  return step;
}

result<json_value> read_json(std::string_view text, std::size_t bytes_max, std::size_t values_max) {
  if (text.size() > bytes_max)
    return failure(errc::payload_too_large, "the JSON has " + std::to_string(text.size())
                                              + " bytes, at most " + std::to_string(bytes_max)
                                              + " are allowed");
  // The parser would take a NUL for the end, and what follows for nothing.
  if (const auto zero = text.find('\0'); zero != std::string_view::npos)
    return failure(errc::invalid_argument, "byte " + std::to_string(zero) + ": a NUL character");
  json_builder builder{values_max};
  if (!json_value::sax_parse(text, &builder))
    return failure(errc::invalid_argument, std::move(builder.problem));
  return std::move(builder.root);
}

result<json_value> read_json_object(std::string_view text, std::size_t bytes_max,
                                    std::size_t values_max) {
  auto read = read_json(text, bytes_max, values_max);
  if (read && !read->is_object())
    return failure(errc::invalid_argument,
                   std::string{"the JSON must be an object, not "} + read->type_name());
  return read;
}

std::string json_text(const json_value& x) {
  return x.dump();
}

json_value read_own_json(std::string_view text) {
  // The parser's own objects search for each name that they take: quadratic.
  json_builder builder{std::numeric_limits<std::size_t>::max()};
  if (json_value::sax_parse(text, &builder))
    return std::move(builder.root);
  auto read = json_value::parse(text, nullptr, false);
  return read.is_discarded() ? json_value{} : read;
}

std::size_t json_depth(const json_value& x) {
  if (!x.is_structured())
    return 0;
  std::size_t deepest = 0;
  for (const auto& child : x)
    deepest = std::max(deepest, json_depth(child));
  return deepest + 1;
}

std::size_t json_values(const json_value& x) {
  std::size_t values = 1;
  if (x.is_structured())
    for (const auto& child : x)
      values += json_values(child);
  return values;
}

} // namespace troupe
