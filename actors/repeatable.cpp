// SPDX-License-Identifier: Apache-2.0
#include "actors/repeatable.hpp"

namespace troupe {

namespace {

std::string key_text(const std::string& collection, const std::string& id) {
  return id.empty() ? std::string{} : collection + '/' + id;
}

} // namespace

repeatability repeatability_of(const change_record& x) noexcept {
  if (!x.idempotency_key.empty())
    return repeatability::harmless;
  return x.condition.kind == condition_kind::version ? repeatability::refused
                                                     : repeatability::never;
}

repeatability repeatability_of(const change_records& x) noexcept {
  return x.idempotency_key.empty() ? repeatability::never : repeatability::harmless;
}

std::string record_of(const get_records& x) {
  return x.ids.size() == 1 ? key_text(x.collection, x.ids.front()) : std::string{};
}

std::string record_of(const change_record& x) {
  return key_text(x.collection, x.id);
}

} // namespace troupe
