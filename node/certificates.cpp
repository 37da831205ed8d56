// SPDX-License-Identifier: Apache-2.0
#include "node/certificates.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "messages/limits.hpp"
#include "node/settings_reader.hpp"

namespace troupe {

namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* x) const {
    Free(x);
  }
};

using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using file_ptr = std::unique_ptr<std::FILE, freed_by<std::fclose>>;

constexpr long seconds_a_day = 24L * 60 * 60;

// A clock that is a little slow must not find a new certificate not valid yet.
constexpr long seconds_of_grace = 60 * 60;

// Of the CA's own files: no node may be called so.
constexpr const char* authority_name = "ca";

std::filesystem::path authority_certificate(const std::filesystem::path& folder) {
  return folder / "ca.pem";
}

std::filesystem::path authority_key(const std::filesystem::path& folder) {
  return folder / "ca.key";
}

result<void> cannot(const std::filesystem::path& file, const std::string& what) {
  return failure(errc::invalid_argument,
                 "cannot " + what + " '" + file.string() + "': " + std::strerror(errno));
}

// Written beside and then renamed, so that nobody ever reads half a file.
template <class Write>
result<void> write_file(const std::filesystem::path& path, mode_t mode, Write write) {
  const auto draft = path.string() + ".new";
  const int descriptor = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (descriptor < 0)
    return cannot(draft, "write");
  file_ptr file{::fdopen(descriptor, "w")};
  if (write(file.get()) != 1 || std::fflush(file.get()) != 0 || ::fsync(descriptor) != 0
      || std::rename(draft.c_str(), path.c_str()) != 0)
    return cannot(path, "write");
  return {};
}

result<void> write_pair(const tls_files& files, X509* certificate, EVP_PKEY* key) {
  auto written = write_file(files.key, 0600, [key](std::FILE* file) {
    return PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  if (!written)
    return written;
  return write_file(files.certificate, 0644,
                    [certificate](std::FILE* file) { return PEM_write_X509(file, certificate); });
}

key_ptr make_key() {
  return key_ptr{EVP_EC_gen("P-256")};
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>> extension{
    X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  X509_add_ext(certificate, extension.get(), -1);
}

/// Everything but extensions, issuer and signature.
certificate_ptr make_draft(const std::string& name, EVP_PKEY* key, int days) {
  certificate_ptr x{X509_new()};
  X509_set_version(x.get(), X509_VERSION_3);
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(x.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(x.get()), -seconds_of_grace);
  X509_gmtime_adj(X509_getm_notAfter(x.get()), days * seconds_a_day);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_pubkey(x.get(), key);
  return x;
}

std::string common_name(const X509& x) {
  std::array<char, 256> text{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(&x), NID_commonName, text.data(),
                            static_cast<int>(text.size()));
  return text.data();
}

timestamp time_of(const ASN1_TIME* x) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(x, &parts) != 1)
    return {};
  return std::chrono::time_point_cast<timestamp::duration>(
    std::chrono::system_clock::from_time_t(::timegm(&parts)));
}

} // namespace

tls_files files_of_node(const std::filesystem::path& folder, const std::string& node) {
  return {folder / (node + ".pem"), folder / (node + ".key"), authority_certificate(folder)};
}

result<void> make_authority(const std::filesystem::path& folder, const std::string& cluster) {
  std::error_code why;
  std::filesystem::create_directories(folder, why);
  if (std::filesystem::exists(authority_certificate(folder))
      || std::filesystem::exists(authority_key(folder)))
    return failure(errc::invalid_argument, "there is a CA in '" + folder.string()
                                             + "' already; use it, or name another folder");
  const auto key = make_key();
  const auto x = make_draft("Troupe cluster " + cluster, key.get(), authority_days);
  X509_set_issuer_name(x.get(), X509_get_subject_name(x.get()));
  add_extension(x.get(), x.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(x.get(), x.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(x.get(), x.get(), NID_subject_key_identifier, "hash");
  if (X509_sign(x.get(), key.get(), EVP_sha256()) == 0)
    return failure(errc::invalid_argument, "cannot sign: " + tls_problem());
  return write_pair({authority_certificate(folder), authority_key(folder), {}}, x.get(), key.get());
}

result<void> make_certificate(const std::filesystem::path& folder, const std::string& node) {
  if (!is_name(node))
    return failure(errc::invalid_argument,
                   "'" + node + "' is no name of a node; expected 1 to "
                     + std::to_string(limits::name_bytes_max)
                     + " small letters, digits, '_', '.' or '-', as in the cluster file");
  if (node == authority_name || node.find_first_not_of('.') == std::string::npos)
    return failure(errc::invalid_argument,
                   "no node can be called '" + node + "' here: its files would be others' own");
  file_ptr certificate_file{std::fopen(authority_certificate(folder).c_str(), "r")};
  file_ptr key_file{std::fopen(authority_key(folder).c_str(), "r")};
  if (!certificate_file || !key_file)
    return failure(errc::invalid_argument,
                   "there is no CA in '" + folder.string() + "'; make one with `troupe cert init`");
  const certificate_ptr authority{PEM_read_X509(certificate_file.get(), nullptr, nullptr, nullptr)};
  const key_ptr signer{PEM_read_PrivateKey(key_file.get(), nullptr, nullptr, nullptr)};
  if (!authority || !signer)
    return failure(errc::invalid_argument,
                   "the CA in '" + folder.string() + "' cannot be read: " + tls_problem());
  const auto key = make_key();
  const auto x = make_draft(node, key.get(), certificate_days);
  X509_set_issuer_name(x.get(), X509_get_subject_name(authority.get()));
  add_extension(x.get(), authority.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x.get(), authority.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(x.get(), authority.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(x.get(), authority.get(), NID_subject_key_identifier, "hash");
  add_extension(x.get(), authority.get(), NID_authority_key_identifier, "keyid");
  add_extension(x.get(), authority.get(), NID_subject_alt_name, "DNS:" + node);
  if (X509_sign(x.get(), signer.get(), EVP_sha256()) == 0)
    return failure(errc::invalid_argument, "cannot sign: " + tls_problem());
  return write_pair(files_of_node(folder, node), x.get(), key.get());
}

result<certificate_facts> read_certificate(const std::filesystem::path& file) {
  const file_ptr opened{std::fopen(file.c_str(), "r")};
  if (!opened)
    return tl::unexpected{cannot(file, "read").error()};
  const certificate_ptr x{PEM_read_X509(opened.get(), nullptr, nullptr, nullptr)};
  if (!x)
    return failure(errc::invalid_argument, "'" + file.string() + "' is no certificate");
  certificate_facts facts;
  facts.names = names_in(*x);
  if (facts.names.empty())
    facts.names.push_back(common_name(*x));
  facts.serial = serial_of(*x);
  facts.begins = time_of(X509_get0_notBefore(x.get()));
  facts.ends = time_of(X509_get0_notAfter(x.get()));
  return facts;
}

std::vector<std::string> certified_names(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code why;
  for (const auto& file : std::filesystem::directory_iterator{folder, why})
    if (file.path().extension() == ".pem" && file.path().stem() != authority_name)
      names.push_back(file.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

} // namespace troupe
