// SPDX-License-Identifier: Apache-2.0
#include "actors/schema_constraints.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <new>
#include <regex>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/constraint_builder.hpp>
#include <valijson/constraints/concrete_constraints.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>

#include "actors/schema_rewriter.hpp"

namespace troupe {

namespace {

using valijson::ValidationResults;
using valijson::adapters::Adapter;
using context = std::vector<std::string>;

constexpr std::size_t pattern_bytes_max = 1000;

// What a `pattern` looks at. Matching takes time in proportion to it and to the pattern.
constexpr std::size_t pattern_text_max = 4096;

void report(ValidationResults* results, const context& where, const std::string& what) {
  if (results != nullptr)
    results->pushError(where, what);
}

/// The part of a constraint that is the same for all: the validator copies them into its own
/// memory.
template <class Derived>
class own_constraint : public valijson::constraints::PolyConstraint {
private:
  Constraint* cloneInto(void* memory) const override {
    return new (memory) Derived(static_cast<const Derived&>(*this));
  }

  std::size_t sizeOf() const override { return sizeof(Derived); }
};

template <class Constraint>
class own_builder final : public valijson::ConstraintBuilder {
public:
  valijson::constraints::Constraint* make(const Adapter& value) const override {
    return new Constraint(value); // the parser deletes it
  }
};

class pattern_constraint final : public own_constraint<pattern_constraint> {
public:
  explicit pattern_constraint(const Adapter& value) : pattern_{value.asString()} {
    if (pattern_.size() > pattern_bytes_max)
      throw std::runtime_error("a pattern has at most " + std::to_string(pattern_bytes_max)
                               + " bytes");
    // The extension of libstdc++ that promises time in proportion to the text, and refuses what it
    // cannot keep that promise for. A search begins anew at each byte, which would square the time:
    // so the expression skips the bytes itself, and is bound to the beginning.
    const auto flags = std::regex::ECMAScript | std::regex_constants::__polynomial;
    try {
      regex_ = std::regex("^[\\s\\S]*(?:" + pattern_ + ")", flags);
    } catch (const std::regex_error& why) {
      throw std::runtime_error("the pattern '" + pattern_ + "' is no regular expression that can "
                               + "be used here: " + why.what());
    }
  }

  bool validate(const Adapter& target, const context& where,
                ValidationResults* results) const override {
    if (!target.isString())
      return true;
    const auto text = target.asString();
    if (text.size() > pattern_text_max) {
      report(results, where,
             "longer than " + std::to_string(pattern_text_max)
               + " bytes, which is the most that a pattern is compared with");
      return false;
    }
    if (std::regex_search(text, regex_, std::regex_constants::match_continuous))
      return true;
    report(results, where, "does not match the pattern '" + pattern_ + "'");
    return false;
  }

private:
  std::string pattern_;
  std::regex regex_;
};

// The same text for equal values: JSON Schema does not tell 1 from 1.0.
std::string canonical(const Adapter& x) {
  if (x.isString())
    return "\"" + std::to_string(x.asString().size()) + ":" + x.asString();
  if (x.isBool())
    return x.asBool() ? "t" : "f";
  if (x.isInteger())
    return std::to_string(x.asInteger());
  if (x.isNumber()) {
    const auto number = x.getNumber();
    if (number == std::floor(number) && std::abs(number) < 9e15)
      return std::to_string(static_cast<std::int64_t>(number));
    std::array<char, 32> digits{};
    return {digits.begin(), std::to_chars(digits.begin(), digits.end(), number).ptr};
  }
  std::string text = x.isArray() ? "[" : x.isObject() ? "{" : "null";
  if (x.isArray())
    x.applyToArray([&](const Adapter& item) {
      text += canonical(item) + ",";
      return true;
    });
  if (x.isObject()) // whose members come sorted
    x.applyToObject([&](const std::string& name, const Adapter& member) {
      text += std::to_string(name.size()) + ":" + name + canonical(member) + ",";
      return true;
    });
  return text;
}

class unique_constraint final : public own_constraint<unique_constraint> {
public:
  explicit unique_constraint(const Adapter&) {}

  bool validate(const Adapter& target, const context& where,
                ValidationResults* results) const override {
    if (!target.isArray())
      return true;
    std::unordered_map<std::string, std::size_t> seen;
    std::size_t index = 0;
    bool unique = true;
    target.applyToArray([&](const Adapter& item) {
      const auto [first, added] = seen.emplace(canonical(item), index);
      if (!added) {
        auto place = where;
        place.push_back("[" + std::to_string(index) + "]");
        report(results, place, "the same as item " + std::to_string(first->second));
        unique = false;
      }
      ++index;
      return unique || results != nullptr;
    });
    return unique;
  }
};

class closed_constraint final : public own_constraint<closed_constraint> {
public:
  explicit closed_constraint(const Adapter& value) {
    value.applyToArray([this](const Adapter& name) {
      names_.insert(name.asString());
      return true;
    });
  }

  bool validate(const Adapter& target, const context& where,
                ValidationResults* results) const override {
    if (!target.isObject())
      return true;
    bool known = true;
    target.applyToObject([&](const std::string& name, const Adapter&) {
      if (!names_.contains(name)) {
        auto place = where;
        place.push_back("[" + name + "]");
        report(results, place, "there is no such member");
        known = false;
      }
      return known || results != nullptr;
    });
    return known;
  }

private:
  std::set<std::string> names_;
};

} // namespace

void add_schema_constraints(valijson::SchemaParser& parser) {
  parser.addConstraintBuilder(pattern_keyword, new own_builder<pattern_constraint>);
  parser.addConstraintBuilder(unique_keyword, new own_builder<unique_constraint>);
  parser.addConstraintBuilder(closed_keyword, new own_builder<closed_constraint>);
}

} // namespace troupe
