#include "node/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace troupe {

void log_to_stderr(const std::string& node, const std::string& level) {
  auto logger = std::make_shared<spdlog::logger>(
    node, std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  // As everywhere else, so that the lines of `troupe up` and of its nodes can be sorted together.
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %n: %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
}

} // namespace troupe
