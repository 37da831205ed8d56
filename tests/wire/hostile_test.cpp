// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>
#include <random>

#include "tests/support/deterministic.hpp"
#include "tests/wire/wire_types.hpp"

namespace hostile_test {

using namespace troupe;
using namespace troupe::test;

/// CAF 0.17.6 reads a list's length as 32 bits. It checks the length of a text against what is
/// left, and fills lists element by element until the input ends; but a list of bytes it resizes to
/// whatever length is claimed. So no message may have a `std::vector` of `char` or `std::uint8_t`,
/// nor a list of something that takes no bytes.
namespace {

std::size_t largest_allocation = 0;

constexpr std::size_t allocation_max = 1024 * 1024; ///< for inputs of less than 4 KiB

/// Reads hostile bytes. Whether they stand for a message does not matter: what does is that this
/// returns, soon, and without taking much memory.
void survive(caf::actor_system& system, const wire_bytes& bytes) {
  largest_allocation = 0;
  try {
    if (auto received = decode(system, bytes))
      to_string(*received); // wrong enums and the like must not hurt who prints them
  } catch (const std::exception&) {
    // Allocations beyond the limit are counted where they happen.
  }
  if (largest_allocation > allocation_max)
    FAIL("an input of " << bytes.size() << " bytes made the deserializer allocate "
                        << largest_allocation);
}

void append_length(wire_bytes& bytes, std::uint32_t length) {
  for (; length > 0x7f; length >>= 7)
    bytes.push_back(static_cast<char>((length & 0x7f) | 0x80));
  bytes.push_back(static_cast<char>(length));
}

} // namespace

} // namespace hostile_test

// AddressSanitizer has operators of its own, which must not be mixed with others.
#ifndef __SANITIZE_ADDRESS__
void* operator new(std::size_t size) {
  auto& largest = hostile_test::largest_allocation;
  largest = std::max(largest, size);
  if (size > 1024 * hostile_test::allocation_max) // do not take it down to see it fail
    throw std::bad_alloc{};
  if (auto memory = std::malloc(size))
    return memory;
  throw std::bad_alloc{};
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#endif

namespace hostile_test {

TEST_CASE_METHOD(fixture, "S2: a message that is cut off anywhere is refused") {
  for (const auto& type : wire_types()) {
    INFO(type.name);
    auto bytes = encode(system, type.sample);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      INFO(size << " of " << bytes.size() << " bytes");
      REQUIRE_FALSE(decode(system, {bytes.begin(), bytes.begin() + static_cast<int>(size)}));
    }
  }
}

TEST_CASE_METHOD(fixture, "S2: bytes after the end of a message are refused") {
  for (const auto& type : wire_types()) {
    INFO(type.name);
    auto bytes = encode(system, type.sample);
    bytes.push_back('\0');
    CHECK_FALSE(decode(system, bytes));
  }
}

TEST_CASE_METHOD(fixture, "S2: no claimed length makes the deserializer hang or swell") {
  for (const auto& type : wire_types()) {
    INFO(type.name);
    auto bytes = encode(system, type.sample);
    for (auto at = value_offset(type, bytes); at < bytes.size(); ++at)
      for (auto length : {0x7fffffffu, 0xffffffffu, 0x01000000u}) {
        wire_bytes hostile{bytes.begin(), bytes.begin() + static_cast<int>(at)};
        append_length(hostile, length);
        survive(system, hostile);
        hostile.insert(hostile.end(), bytes.begin() + static_cast<int>(at), bytes.end());
        survive(system, hostile);
      }
  }
}

TEST_CASE_METHOD(fixture, "S2: damaged messages do no harm") {
  std::mt19937_64 random{20260101};
  for (const auto& type : wire_types()) {
    INFO(type.name);
    auto bytes = encode(system, type.sample);
    for (int i = 0; i < 500; ++i) {
      auto damaged = bytes;
      for (auto flips = 1 + random() % 4; flips > 0; --flips)
        damaged[random() % damaged.size()] = static_cast<char>(random());
      survive(system, damaged);
    }
  }
}

TEST_CASE_METHOD(fixture, "S2: random bytes do no harm, behind any type's name") {
  std::mt19937_64 random{20260102};
  for (const auto& type : wire_types()) {
    INFO(type.name);
    auto bytes = encode(system, type.sample);
    bytes.resize(value_offset(type, bytes));
    for (int i = 0; i < 500; ++i) {
      auto noise = bytes;
      for (auto size = random() % 200; size > 0; --size)
        noise.push_back(static_cast<char>(random()));
      survive(system, noise);
    }
  }
}

} // namespace hostile_test
