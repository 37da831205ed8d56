// SPDX-License-Identifier: Apache-2.0
#include "bench/cache_traces.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

namespace troupe::bench {

namespace {

key_trace read_arc(std::istream& in) {
  key_trace result;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields{line};
    std::uint64_t start = 0, count = 0;
    if (fields >> start >> count)
      for (std::uint64_t i = 0; i < count; ++i)
        result.push_back(start + i);
  }
  return result;
}

key_trace read_lirs(std::istream& in) {
  key_trace result;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields{line};
    std::uint64_t key = 0;
    if (fields >> key)
      result.push_back(key);
  }
  return result;
}

key_trace read_numbers(std::istream& in, std::size_t bytes) {
  key_trace result;
  std::string number(bytes, '\0');
  while (in.read(number.data(), static_cast<std::streamsize>(bytes))) {
    std::uint64_t key = 0;
    for (const auto byte : number)
      key = key << 8 | static_cast<unsigned char>(byte);
    result.push_back(key);
  }
  return result;
}

/// Draws numbers from a table of cumulated weights.
class zipf {
public:
  zipf(std::size_t keys, double exponent) {
    double sum = 0;
    for (std::size_t k = 1; k <= keys; ++k)
      sums_.push_back(sum += 1 / std::pow(static_cast<double>(k), exponent));
  }

  std::uint64_t draw(std::mt19937_64& random) const {
    std::uniform_real_distribution<double> any{0, sums_.back()};
    const auto found = std::lower_bound(sums_.begin(), sums_.end(), any(random));
    return static_cast<std::uint64_t>(found - sums_.begin());
  }

private:
  std::vector<double> sums_;
};

} // namespace

key_trace read_trace(const std::filesystem::path& path, const std::string& format) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    throw std::runtime_error{"cannot read " + path.string()};
  key_trace result;
  if (format == "arc")
    result = read_arc(in);
  else if (format == "lirs")
    result = read_lirs(in);
  else
    result = read_numbers(in, format == "scarab" || format == "corda" ? 8 : 4);
  if (result.empty())
    throw std::runtime_error{path.string() + " has no requests"};
  return result;
}

key_trace zipf_trace(std::size_t keys, double exponent, std::size_t requests, std::uint64_t seed) {
  return scanned_trace(keys, exponent, requests, 0, seed);
}

key_trace scanned_trace(std::size_t keys, double exponent, std::size_t requests, std::size_t every,
                        std::uint64_t seed) {
  constexpr std::size_t block = 1000;
  std::mt19937_64 random{seed};
  const zipf popular{keys, exponent};
  key_trace result;
  std::uint64_t fresh = keys;
  while (result.size() < requests) {
    const auto scans = every > 0 && result.size() / block % every == every - 1;
    result.push_back(scans ? fresh++ : popular.draw(random));
  }
  return result;
}

key_trace loop_trace(std::size_t keys, std::size_t requests) {
  key_trace result;
  for (std::size_t i = 0; i < requests; ++i)
    result.push_back(i % keys);
  return result;
}

} // namespace troupe::bench
