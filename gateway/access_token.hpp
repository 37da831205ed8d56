// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

/// The texts of tokens: "troupe_", an id of 12 characters, and 43 characters (256 bits) that only
/// its holder knows. The id finds what is kept of it; of the text only a hash is kept. Because
/// nobody can guess 256 bits, the hash need not be slow.
namespace troupe {

struct token_text {
  std::string text; ///< to be shown once
  std::string id;
  std::string hash;
};

/// A new one, from the system's entropy. Throws `std::runtime_error` when there is none.
token_text make_token();

/// The id in a token's text; nothing if it is none.
std::optional<std::string_view> token_id(std::string_view text);

/// SHA-256, 32 bytes.
std::string token_hash(std::string_view text);

/// Compares in a time that does not depend on where they differ.
bool same_hash(std::string_view x, std::string_view y);

} // namespace troupe
