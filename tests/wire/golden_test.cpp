// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>

#include "messages/registration.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/wire/wire_types.hpp"

namespace golden_test {

using namespace troupe;
using namespace troupe::test;

namespace {

constexpr auto golden_path = TROUPE_SOURCE_DIR "/tests/wire/golden.txt";

constexpr auto advice
  = "The wire format differs from tests/wire/golden.txt, so nodes of this version and of the last "
    "one would misread each other. If the change is intended, give `wire_version` in "
    "messages/registration.hpp a new number (unless it is newer than the last release already), "
    "and write the file anew: TROUPE_WRITE_GOLDEN=1 wire_tests \"the wire format*\"";

std::string hex(const wire_bytes& bytes) {
  static constexpr auto digits = "0123456789abcdef";
  std::string result;
  for (auto x : bytes) {
    auto byte = static_cast<unsigned char>(x);
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result;
}

/// Lines of the golden file: the first word says what, the second which one, the rest is its form.
using golden = std::multimap<std::string, std::string>;

golden current_format(caf::actor_system& system) {
  golden result;
  result.emplace("wire_version", std::to_string(wire_version));
  for (const auto& type : wire_types())
    result.emplace("message " + type.name, hex(encode(system, type.sample)));
  for (const auto& interface : wire_interfaces(system))
    for (const auto& signature : interface.signatures)
      result.emplace("interface " + interface.name, signature);
  return result;
}

golden read_golden() {
  golden result;
  std::ifstream file{golden_path};
  for (std::string line; std::getline(file, line);) {
    auto key_end = line.find(" = ");
    if (key_end != std::string::npos)
      result.emplace(line.substr(0, key_end), line.substr(key_end + 3));
  }
  return result;
}

void write_golden(const golden& lines) {
  std::ofstream file{golden_path};
  file << "# What stands on the wire; written by tests/wire/golden_test.cpp, which says when and "
          "how.\n";
  for (const auto& [key, value] : lines)
    file << key << " = " << value << '\n';
}

/// What is in `a` and not in `b`.
std::string difference(const golden& a, const golden& b) {
  std::string result;
  for (const auto& line : a) {
    auto [first, last] = b.equal_range(line.first);
    if (std::find(first, last, line) == last)
      result += "  " + line.first + " = " + line.second + "\n";
  }
  return result;
}

} // namespace

TEST_CASE_METHOD(fixture, "the wire format is the one that this wire version promises") {
  auto current = current_format(system);
  if (std::getenv("TROUPE_WRITE_GOLDEN") != nullptr)
    write_golden(current);
  auto promised = read_golden();

  INFO(advice);
  auto missing = difference(promised, current);
  auto added = difference(current, promised);
  INFO("promised, but not so:\n" << missing << "now:\n" << added);
  CHECK(missing.empty());
  CHECK(added.empty());
}

TEST_CASE("every type in messages/type_ids.hpp has its golden bytes") {
  auto promised = read_golden();
  std::ifstream header{TROUPE_SOURCE_DIR "/messages/type_ids.hpp"};
  std::size_t types = 0;
  for (std::string line; std::getline(header, line);) {
    static const std::string macro = "CAF_ADD_TYPE_ID(troupe, (";
    auto at = line.find(macro);
    if (at == std::string::npos)
      continue;
    auto name = line.substr(at + macro.size());
    name.resize(name.find("))"));
    INFO(name);
    CHECK(promised.count("message " + name) == 1);
    ++types;
  }
  CHECK(types == wire_types().size());
}

} // namespace golden_test
