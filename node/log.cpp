// SPDX-License-Identifier: Apache-2.0
#include "node/log.hpp"

#include <chrono>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "node/log_line.hpp"

namespace troupe {

namespace {

std::string_view view_of(spdlog::string_view_t x) {
  return {x.data(), x.size()};
}

void append(spdlog::memory_buf_t& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
}

/// `%*`: the text, as one line.
class text_flag final : public spdlog::custom_flag_formatter {
public:
  void format(const spdlog::details::log_msg& x, const std::tm&,
              spdlog::memory_buf_t& out) override {
    append(out, one_line(view_of(x.payload)));
  }

  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<text_flag>();
  }
};

class json_formatter final : public spdlog::formatter {
public:
  void format(const spdlog::details::log_msg& x, spdlog::memory_buf_t& out) override {
    append(out, json_log_line(std::chrono::time_point_cast<timestamp::duration>(x.time),
                              view_of(spdlog::level::to_string_view(x.level)),
                              view_of(x.logger_name), view_of(x.payload)));
    append(out, "\n");
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<json_formatter>();
  }
};

std::unique_ptr<spdlog::formatter> text_formatter() {
  auto result = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  // As everywhere else, so that the lines of `troupe up` and of its nodes can be sorted together.
  result->add_flag<text_flag>('*').set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %n: %*");
  return result;
}

} // namespace

void log_to_stderr(const std::string& node, const std::string& level, const std::string& format) {
  auto logger = std::make_shared<spdlog::logger>(
    node, std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  if (format == "json")
    logger->set_formatter(std::make_unique<json_formatter>());
  else
    logger->set_formatter(text_formatter());
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
}

} // namespace troupe
