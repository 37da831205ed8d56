// SPDX-License-Identifier: Apache-2.0
#include "node/certificate_watch.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <utility>

#include "actors/logging.hpp"
#include "node/certificates.hpp"

namespace troupe {

namespace {

constexpr std::chrono::hours look_interval{24};

} // namespace

std::vector<std::filesystem::path> certificates_of(const cluster_config& config,
                                                   const node_settings& node) {
  std::vector<std::filesystem::path> result;
  if (!config.tls.folder.empty())
    result.push_back(files_of_node(config.tls.folder, node.name).certificate);
  if (!node.http_certificate.empty())
    result.push_back(node.http_certificate);
  return result;
}

std::vector<certificate_figure> read_certificates(const std::vector<std::filesystem::path>& files) {
  std::vector<certificate_figure> result;
  for (const auto& file : files)
    if (auto facts = read_certificate(file))
      result.push_back({file.string(), facts->ends});
  return result;
}

std::string remark_on(const certificate_figure& x, timestamp now) {
  const auto left = std::chrono::floor<std::chrono::days>(x.ends - now).count();
  if (x.ends <= now)
    return fmt::format("certificate '{}' has ended: nobody connects by it any more; `troupe cert "
                       "renew` makes a new one",
                       x.file);
  if (x.ends - now <= certificate_warning)
    return fmt::format("certificate '{}' ends in {} days; `troupe cert renew` makes a new one, "
                       "which running nodes take up by themselves",
                       x.file, left);
  return {};
}

certificate_watch_actor::behavior_type watch_certificates(certificate_watch_actor::pointer self,
                                                          std::vector<std::filesystem::path> files,
                                                          environment env) {
  log_to_spdlog(self);
  self->send(self, caf::tick_atom_v);
  return {[self, files = std::move(files), env](caf::tick_atom) {
    self->delayed_send(self, look_interval, caf::tick_atom_v);
    for (const auto& x : read_certificates(files))
      if (auto remark = remark_on(x, env.now()); !remark.empty())
        spdlog::warn("{}", remark);
  }};
}

} // namespace troupe
