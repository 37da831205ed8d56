// SPDX-License-Identifier: Apache-2.0
#include "tests/wire/wire_types.hpp"

#include <algorithm>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <chrono>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "messages/interfaces.hpp"

namespace troupe::test {

namespace {

/// An inspector that gives every field another value.
class filler {
public:
  using result_type = void;

  template <class... Ts>
  void operator()(Ts&... xs) {
    (fill(xs), ...);
  }

  void fill(std::string& x) { x = "text-" + std::to_string(next()); }

  void fill(bool& x) { x = true; }

  void fill(caf::strong_actor_ptr&) {}

  template <class T>
  void fill(std::vector<T>& xs) {
    xs.resize(2);
    for (auto& x : xs)
      fill(x);
  }

  template <class Rep, class Period>
  void fill(std::chrono::duration<Rep, Period>& x) {
    x = std::chrono::duration<Rep, Period>{wide<Rep>()};
  }

  template <class Clock, class Duration>
  void fill(std::chrono::time_point<Clock, Duration>& x) {
    x = std::chrono::time_point<Clock, Duration>{Duration{wide<typename Duration::rep>()}};
  }

  template <class T>
  void fill(T& x) {
    if constexpr (std::is_enum_v<T>)
      x = static_cast<T>(2); // every enum has it; a value without a name could not be printed
    else if constexpr (std::is_integral_v<T>)
      x = wide<T>();
    else
      inspect(*this, x);
  }

private:
  unsigned char next() { return ++counter_; }

  /// A value in which every byte is set, so that a narrower field changes the wire.
  template <class T>
  T wide() {
    std::make_unsigned_t<T> result = 0;
    auto byte = next();
    for (std::size_t i = 0; i < sizeof(T); ++i)
      result = static_cast<std::make_unsigned_t<T>>(result << 7 << 1 | byte);
    return static_cast<T>(result >> 1);
  }

  unsigned char counter_ = 0;
};

template <class T>
caf::message sample_of() {
  T value{};
  filler{}.fill(value);
  return caf::make_message(std::move(value));
}

template <class T>
wire_interface interface_of(const caf::actor_system& system, std::string name) {
  auto signatures = system.message_types<T>();
  return {std::move(name), {signatures.begin(), signatures.end()}};
}

using block = caf::id_block::troupe;
using interface_block = caf::id_block::troupe_interfaces;

template <std::size_t... Is>
std::vector<wire_type> list_types(std::index_sequence<Is...>) {
  return {{caf::type_name_by_id<block::begin + Is>::value,
           sample_of<typename caf::type_by_id<block::begin + Is>::type>()}...};
}

template <std::size_t... Is>
std::vector<wire_interface> list_interfaces(const caf::actor_system& system,
                                            std::index_sequence<Is...>) {
  return {interface_of<typename caf::type_by_id<interface_block::begin + Is>::type>(
    system, caf::type_name_by_id<interface_block::begin + Is>::value)...};
}

} // namespace

const std::vector<wire_type>& wire_types() {
  static const auto types = list_types(std::make_index_sequence<block::end - block::begin>{});
  return types;
}

std::vector<wire_interface> wire_interfaces(const caf::actor_system& system) {
  return list_interfaces(system,
                         std::make_index_sequence<interface_block::end - interface_block::begin>{});
}

wire_bytes encode(caf::actor_system& system, const caf::message& x) {
  wire_bytes bytes;
  caf::binary_serializer sink{system, bytes};
  if (auto err = sink(x))
    throw std::runtime_error{"cannot serialize " + to_string(x)};
  return bytes;
}

std::optional<caf::message> decode(caf::actor_system& system, const wire_bytes& bytes) {
  caf::message result;
  caf::binary_deserializer source{system, bytes};
  // CAF 0.17.6 turns what it cannot read into an empty message, and reports no error.
  if (source(result) || result.empty() || source.remaining() != 0)
    return std::nullopt;
  return result;
}

std::size_t value_offset(const wire_type& type, const wire_bytes& bytes) {
  auto at = std::search(bytes.begin(), bytes.end(), type.name.begin(), type.name.end());
  if (at == bytes.end())
    throw std::runtime_error{"no type name before a " + type.name};
  return static_cast<std::size_t>(at - bytes.begin()) + type.name.size();
}

} // namespace troupe::test
