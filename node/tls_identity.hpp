// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <openssl/ssl.h>
#include <string>
#include <vector>

#include "messages/errors.hpp"

namespace troupe {

/// Who a node is towards other nodes: PEM files.
struct tls_files {
  std::filesystem::path certificate; ///< the node's own; its names (subjectAltName) are the node's
  std::filesystem::path key;
  std::filesystem::path authority; ///< the cluster's own CA: whoever it signed belongs to it

  bool empty() const noexcept { return certificate.empty(); }
};

using tls_context = std::shared_ptr<SSL_CTX>;

/// The certificate of a node, and the rule for its peers: TLS 1.3, both sides signed by the
/// cluster's CA. May be used from any thread.
class tls_identity {
public:
  /// Reads and checks the files. `config_invalid` names the file and what is wrong: not readable,
  /// no PEM, key and certificate do not fit, not signed by this CA, expired or not valid yet.
  static result<std::shared_ptr<tls_identity>> load(tls_files files);

  /// Reads the files again: connections that are made from now on use them. On an error those that
  /// were read before stay in use.
  result<void> reload();

  /// Whether a file has been replaced since they were read.
  bool outdated() const;

  tls_context context() const;

  /// Certificates that are believed no more, by a name in them or by their serial number as
  /// `troupe cert show` prints it. Before the first connection.
  void revoke(std::vector<std::string> which) { revoked_ = std::move(which); }

  /// Whether the verified certificate of a peer is one of those.
  bool has_revoked(const SSL& session) const;

private:
  explicit tls_identity(tls_files files) : files_{std::move(files)} {}

  std::vector<std::filesystem::file_time_type> times_of_files() const;

  tls_files files_;
  std::vector<std::string> revoked_;
  mutable std::mutex mutex_; // guards everything below
  tls_context context_;
  std::vector<std::filesystem::file_time_type> written_; // each file, when it was read
};

using tls_session = std::shared_ptr<SSL>;

/// The names in the certificate of a peer that has been verified.
std::vector<std::string> peer_names(const SSL& session);

/// The names that a certificate is for.
std::vector<std::string> names_in(const X509& certificate);

/// The serial number of a certificate: hexadecimal digits, small letters.
std::string serial_of(const X509& certificate);

/// What OpenSSL has to say about the last failure on this thread; forgets it.
std::string tls_problem();

} // namespace troupe
