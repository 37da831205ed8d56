// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stop_token>
#include <string>
#include <string_view>

#include "actors/handler.hpp"

namespace troupe::test {

/// A job for a handler that is called without a worker. The job must outlive it.
class lone_context : public job_context {
public:
  explicit lone_context(const leased_job& job) : job_context{job} {}

  void progress(std::string_view text) override { last_progress = text; }
  std::stop_token stop_token() const override { return stop.get_token(); }

  std::stop_source stop;
  std::string last_progress;
};

} // namespace troupe::test
