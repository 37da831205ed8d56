// SPDX-License-Identifier: Apache-2.0
#include "node/tls_identity.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <utility>

namespace troupe {

namespace {

tl::unexpected<error> refuse(const std::filesystem::path& file, const std::string& why) {
  return failure(errc::config_invalid,
                 "TLS file '" + file.string() + "': " + why
                   + "; `troupe cert add NODE` makes certificates for a cluster");
}

bool readable(const std::filesystem::path& file) {
  return std::ifstream{file}.good();
}

using peer_certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

peer_certificate_ptr peer_certificate(const SSL& session) {
  return {SSL_get1_peer_certificate(&session), X509_free};
}

/// Would a peer believe our own certificate?
result<void> check_own(SSL_CTX* context, const tls_files& files) {
  auto* certificate = SSL_CTX_get0_certificate(context);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> check{X509_STORE_CTX_new(),
                                                                              X509_STORE_CTX_free};
  X509_STORE_CTX_init(check.get(), SSL_CTX_get_cert_store(context), certificate, nullptr);
  if (X509_verify_cert(check.get()) != 1)
    return refuse(files.certificate,
                  X509_verify_cert_error_string(X509_STORE_CTX_get_error(check.get())));
  return {};
}

result<tls_context> make_context(const tls_files& files) {
  for (const auto& file : {files.certificate, files.key, files.authority})
    if (!readable(file))
      return refuse(file, "cannot be read");
  ERR_clear_error();
  tls_context context{SSL_CTX_new(TLS_method()), SSL_CTX_free};
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A session that is resumed would not show its certificate again.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1)
    return refuse(files.certificate, tls_problem());
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return refuse(files.key, tls_problem());
  if (SSL_CTX_load_verify_locations(context.get(), files.authority.c_str(), nullptr) != 1)
    return refuse(files.authority, tls_problem());
  if (auto sound = check_own(context.get(), files); !sound)
    return tl::unexpected{sound.error()};
  return context;
}

} // namespace

result<std::shared_ptr<tls_identity>> tls_identity::load(tls_files files) {
  std::shared_ptr<tls_identity> identity{new tls_identity{std::move(files)}};
  if (auto loaded = identity->reload(); !loaded)
    return tl::unexpected{loaded.error()};
  return identity;
}

result<void> tls_identity::reload() {
  // Before they are read: what is replaced meanwhile counts as newer.
  auto written = times_of_files();
  auto fresh = make_context(files_);
  std::lock_guard guard{mutex_};
  written_ = std::move(written); // of broken files, too: they are read once
  if (!fresh)
    return tl::unexpected{fresh.error()};
  context_ = std::move(*fresh);
  return {};
}

bool tls_identity::outdated() const {
  auto written = times_of_files();
  std::lock_guard guard{mutex_};
  return written != written_;
}

std::vector<std::filesystem::file_time_type> tls_identity::times_of_files() const {
  std::vector<std::filesystem::file_time_type> times;
  std::error_code missing; // its time is the smallest there is
  for (const auto& file : {files_.certificate, files_.key, files_.authority})
    times.push_back(std::filesystem::last_write_time(file, missing));
  return times;
}

tls_context tls_identity::context() const {
  std::lock_guard guard{mutex_};
  return context_;
}

bool tls_identity::has_revoked(const SSL& session) const {
  const auto certificate = peer_certificate(session);
  if (!certificate || revoked_.empty())
    return false;
  auto known_as = peer_names(session);
  known_as.push_back(serial_of(*certificate));
  return std::ranges::any_of(
    known_as, [&](const std::string& x) { return std::ranges::count(revoked_, x) > 0; });
}

std::string serial_of(const X509& certificate) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number{
    ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr), BN_free};
  std::string text;
  if (auto* digits = number ? BN_bn2hex(number.get()) : nullptr; digits != nullptr) {
    text = digits;
    OPENSSL_free(digits);
  }
  for (auto& x : text)
    x = static_cast<char>(std::tolower(static_cast<unsigned char>(x)));
  return text;
}

std::vector<std::string> peer_names(const SSL& session) {
  const auto certificate = peer_certificate(session);
  return certificate ? names_in(*certificate) : std::vector<std::string>{};
}

std::vector<std::string> names_in(const X509& certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> all{
    static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)),
    GENERAL_NAMES_free};
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type != GEN_DNS)
      continue;
    const auto* text = ASN1_STRING_get0_data(name->d.dNSName);
    names.emplace_back(reinterpret_cast<const char*>(text),
                       static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  return names;
}

std::string tls_problem() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const auto* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "unknown problem" : reason;
}

} // namespace troupe
