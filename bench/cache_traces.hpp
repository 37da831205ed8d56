// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace troupe::bench {

/// The keys that were asked for, in order.
using key_trace = std::vector<std::uint64_t>;

/// Reads a trace of others, unpacked:
/// - arc: lines "start count ...": blocks from `start` on;
/// - lirs: one number a line, "*" between parts;
/// - cache2k, cloudphysics: big-endian numbers of 32 bits;
/// - scarab, corda: big-endian numbers of 64 bits.
/// Throws when it cannot be read.
key_trace read_trace(const std::filesystem::path& path, const std::string& format);

/// Requests for `keys` keys, the k-th as often as 1 / k^exponent, in random order.
key_trace zipf_trace(std::size_t keys, double exponent, std::size_t requests, std::uint64_t seed);

/// The same, but every `every`-th thousand requests is a scan of keys that never come again.
key_trace scanned_trace(std::size_t keys, double exponent, std::size_t requests, std::size_t every,
                        std::uint64_t seed);

/// All keys in turn, again and again.
key_trace loop_trace(std::size_t keys, std::size_t requests);

} // namespace troupe::bench
