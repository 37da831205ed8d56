// SPDX-License-Identifier: Apache-2.0
#include "bench/load_script.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace troupe::bench {

namespace {

constexpr auto preparation = R"lua(
local requests, latest = {}, 0

local function request_of(number, kind)
  if kind < reads then
    local headers = {}
    if etags[number] then headers["If-None-Match"] = etags[number] end
    return wrk.format("GET", records .. number, headers)
  end
  local headers = {["Content-Type"] = "application/json"}
  if kind < reads + creates then return wrk.format("POST", create, headers, body) end
  return wrk.format("PUT", records .. number, headers, body)
end

function init()
  math.randomseed(7)
  for i = 1, distinct do requests[i] = request_of(math.random(count), math.random()) end
end

function request()
  latest = latest % distinct + 1
  return requests[latest]
end

local threads = {}
function setup(thread) table.insert(threads, thread) end

unexpected = 0

function done(summary, latency)
  local errors, others = summary.errors, 0
  for _, thread in ipairs(threads) do others = others + thread:get("unexpected") end
  io.write(string.format(
    "measured requests=%d us=%d p50=%.1f p99=%.1f refused=%d unexpected=%d broken=%d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, others, errors.connect + errors.read + errors.write + errors.timeout))
end
)lua";

constexpr auto check = R"lua(
function response(status)
  if not statuses[status] then unexpected = unexpected + 1 end
end
)lua";

/// Text that Lua takes as it is: none of ours has this bracket.
std::string quoted(const std::string& text) {
  return "[==[" + text + "]==]";
}

} // namespace

std::string load_script(const load_plan& plan, bool checked) {
  std::vector<std::string> etags, statuses;
  for (const auto& x : plan.etags)
    etags.push_back(quoted(x));
  for (auto x : plan.statuses)
    statuses.push_back(fmt::format("[{}] = true", x));
  // Requests without a number are all the same.
  const auto distinct = plan.creates < 1 ? loaded_records : 1;
  auto script = fmt::format("local reads, creates, count, distinct = {}, {}, {}, {}\n", plan.reads,
                            plan.creates, loaded_records, distinct);
  script += fmt::format("local records, create, body = {}, {}, {}\n", quoted(plan.records),
                        quoted(plan.create), quoted(plan.body));
  script += fmt::format("local etags = {{{}}}\nlocal statuses = {{{}}}\n", fmt::join(etags, ", "),
                        fmt::join(statuses, ", "));
  return script + preparation + (checked ? check : "");
}

} // namespace troupe::bench
