// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "messages/errors.hpp"
#include "messages/time.hpp"
#include "node/tls_identity.hpp"

/// Certificates of a cluster: its own CA, and one certificate a node, signed by it. EC keys on
/// P-256, PEM files; those with keys are readable by their owner only.
namespace troupe {

/// How long certificates are valid.
inline constexpr int authority_days = 3650;
inline constexpr int certificate_days = 825;

/// The files of a cluster in a folder: "ca.pem", "ca.key", "NAME.pem", "NAME.key".
tls_files files_of_node(const std::filesystem::path& folder, const std::string& node);

/// Makes the CA of a cluster. Refuses (`invalid_argument`) where one is already: nodes that have
/// its certificates would not know the new one.
result<void> make_authority(const std::filesystem::path& folder, const std::string& cluster);

/// Makes the certificate of a node, or of a client, named `node`; replaces an older one of that
/// name in one step. Needs the CA's files in the folder. `invalid_argument` for what is no name of
/// a node, and for "ca", whose files are the CA's own.
result<void> make_certificate(const std::filesystem::path& folder, const std::string& node);

/// What a certificate says of itself.
struct certificate_facts {
  std::vector<std::string> names; ///< of whom it is; of a CA: the name of its cluster
  std::string serial;             ///< hexadecimal
  timestamp begins{};
  timestamp ends{};
};

/// Reads a PEM file, and of a chain its first certificate. `invalid_argument` when there is none.
result<certificate_facts> read_certificate(const std::filesystem::path& file);

/// Names of those who have a certificate in a folder, the CA's aside, in order.
std::vector<std::string> certified_names(const std::filesystem::path& folder);

} // namespace troupe
