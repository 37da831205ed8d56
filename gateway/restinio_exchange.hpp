// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <restinio/all.hpp>

#include "gateway/http.hpp"
#include "gateway/http_core.hpp"

namespace troupe {

/// A request that RESTinio has read. Null: it has just been refused, because a proxy in front may
/// read it otherwise than the parser did.
http_exchange_ptr make_exchange(restinio::request_handle_t request, http_core_ptr core);

} // namespace troupe
