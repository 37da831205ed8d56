// SPDX-License-Identifier: Apache-2.0
#include "gateway/access_token.hpp"

#include <memory>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdexcept>

#include "gateway/text_encoding.hpp"

namespace troupe {

namespace {

constexpr std::string_view prefix = "troupe_";
constexpr std::size_t id_bytes = 9; // a multiple of three: whole characters of base64
constexpr std::size_t id_size = 12;
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t secret_size = 43;
constexpr std::size_t hash_bytes = 32;

/// Base64 that needs no encoding in headers, cookies and URLs (RFC 4648, 5), without padding.
std::string base64url(std::string_view bytes) {
  auto text = base64(bytes);
  text.resize(text.find_last_not_of('=') + 1);
  for (auto& x : text) {
    if (x == '+')
      x = '-';
    else if (x == '/')
      x = '_';
  }
  return text;
}

std::string entropy(std::size_t bytes) {
  std::string x(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(x.data()), static_cast<int>(bytes)) != 1)
    throw std::runtime_error{"the system gives no entropy"};
  return x;
}

// Looking the algorithm up costs more than to hash a token.
const EVP_MD* algorithm() {
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> sha256{
    EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free};
  return sha256.get();
}

} // namespace

token_text make_token() {
  token_text x;
  x.id = base64url(entropy(id_bytes));
  x.text = std::string{prefix} + x.id + base64url(entropy(secret_bytes));
  x.hash = token_hash(x.text);
  return x;
}

std::optional<std::string_view> token_id(std::string_view text) {
  if (text.size() != prefix.size() + id_size + secret_size || !text.starts_with(prefix))
    return std::nullopt;
  return text.substr(prefix.size(), id_size);
}

std::string token_hash(std::string_view text) {
  std::string hash(hash_bytes, '\0');
  if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(hash.data()), nullptr,
                 algorithm(), nullptr)
      != 1)
    throw std::runtime_error{"OpenSSL cannot compute SHA-256"};
  return hash;
}

bool same_hash(std::string_view x, std::string_view y) {
  return x.size() == y.size() && CRYPTO_memcmp(x.data(), y.data(), x.size()) == 0;
}

} // namespace troupe
