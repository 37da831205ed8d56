#pragma once
#include "gateway/http.hpp"
#include "gateway/job_json.hpp"

namespace troupe {

/// What is true just now, as JSON.
inline http_response json_response(const json& document, int status = 200) {
  return {status,
          {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          to_line(document)};
}

} // namespace troupe
