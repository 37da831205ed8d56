// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/job_text.hpp"

#include "apps/troupe/text_format.hpp"
#include "node/settings_reader.hpp"

namespace troupe {

namespace {

/// Lines of "  name: value"; nothing for what is empty.
class fact_list {
public:
  explicit fact_list(const text_bounds& bounds) : bounds_{bounds} {}

  void add(const std::string& name, const std::string& value) {
    auto block = text_block(value, bounds_.lines);
    if (block.size() == 1) {
      lines_.push_back("  " + name + ": " + shown(block.front()));
    } else if (!block.empty()) {
      lines_.push_back("  " + name + ":");
      for (const auto& line : block)
        lines_.push_back("    " + shown(line));
    }
  }

  void add_limit(const std::string& name, std::uint32_t value) {
    if (value != 0)
      add(name, std::to_string(value));
  }

  void add_limit(const std::string& name, milliseconds value) {
    if (value != milliseconds{0})
      add(name, format_duration(value));
  }

  std::vector<std::string> take() { return std::move(lines_); }

private:
  std::string shown(const std::string& line) const {
    return bounds_.characters == 0 ? line : one_line(line, bounds_.characters);
  }

  text_bounds bounds_;
  std::vector<std::string> lines_;
};

std::string counters_of(const job& x) {
  auto& counters = x.counters;
  return std::to_string(counters.deliveries) + " deliveries, " + std::to_string(counters.failures)
         + " failures, " + std::to_string(counters.losses) + " losses, "
         + std::to_string(counters.snoozes) + " snoozes";
}

std::string text_of(const delivery& x) {
  auto result = "attempt " + std::to_string(x.attempt) + " on " + x.node + ", "
                + format_time(x.leased_at) + " to " + format_time(x.ended_at) + ": "
                + to_string(x.reason);
  return x.error.empty() ? result : result + ": " + x.error;
}

} // namespace

std::vector<std::string> describe_job(const job& x, const text_bounds& bounds) {
  fact_list facts{bounds};
  facts.add("queue", x.queue);
  facts.add("state", to_string(x.state));
  facts.add("tags", join(x.tags));
  facts.add("priority", std::to_string(x.options.priority));
  facts.add("counters", counters_of(x));
  facts.add("created", format_time(x.created_at));
  facts.add("not before", x.run_at > x.created_at ? format_time(x.run_at) : "");
  facts.add("leased", format_time(x.leased_at));
  facts.add("node", x.node);
  if (x.state == job_state::running)
    facts.add("attempt", std::to_string(next_attempt(x.counters)));
  facts.add("epoch", x.epoch == 0 ? "" : std::to_string(x.epoch));
  facts.add("finished", format_time(x.finished_at));
  facts.add_limit("failures at most", x.options.max_attempts);
  facts.add_limit("losses at most", x.options.max_losses);
  facts.add_limit("run timeout", x.options.run_timeout);
  facts.add_limit("progress timeout", x.options.progress_timeout);
  if (x.origin != 0)
    facts.add("copy of", std::to_string(x.origin) + " in " + x.origin_queue);
  facts.add("trace", x.trace_parent);
  facts.add("payload", x.payload);
  facts.add("result", x.result);
  auto finished = x.finished_at != timestamp{};
  facts.add(finished ? "reason" : "last reason",
            x.reason == end_reason::none ? "" : to_string(x.reason));
  facts.add(finished ? "error" : "last error", x.error);
  for (auto& delivery : x.history)
    facts.add("history", text_of(delivery));
  auto result = facts.take();
  result.insert(result.begin(), "job " + std::to_string(x.id));
  return result;
}

} // namespace troupe
