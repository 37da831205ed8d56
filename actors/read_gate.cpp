// SPDX-License-Identifier: Apache-2.0
#include "actors/read_gate.hpp"

namespace troupe {

namespace {

// So many entries pay for a look at all callers.
constexpr std::size_t entries_between_looks = 1000;

std::size_t holders(const std::shared_ptr<const int>& counter) {
  return static_cast<std::size_t>(counter.use_count() - 1);
}

error too_many_reads(std::size_t count, const char* whose) {
  return {errc::overloaded, std::to_string(count) + " reads" + whose
                              + " are under way already; try again in a moment"};
}

} // namespace

result<read_pass_ptr> read_gate::enter(const read_terms& terms, time_point until) {
  if (size() >= all_max_)
    return tl::unexpected{too_many_reads(size(), "")};
  if (++entered_ % entries_between_looks == 0)
    forget_idle();
  auto& caller = callers_[terms.caller];
  if (const auto own = holders(caller.counter); own >= caller_max_ && !terms.caller.empty())
    return tl::unexpected{too_many_reads(own, " of this caller")};
  auto pass = std::make_shared<read_pass>();
  pass->caller = terms.caller;
  pass->until = until;
  pass->counted = {all_, caller.counter};
  if (terms.number != 0) {
    std::erase_if(caller.numbered, [](const auto& x) { return x.second.expired(); });
    caller.numbered[terms.number] = pass;
  }
  return pass;
}

void read_gate::abandon(const abandon_read& x) {
  const auto caller = callers_.find(x.caller);
  if (caller == callers_.end())
    return;
  const auto found = caller->second.numbered.extract(x.number);
  if (found.empty())
    return;
  if (auto pass = found.mapped().lock())
    pass->abandoned = true;
}

void read_gate::forget_idle() {
  std::erase_if(callers_, [](const auto& x) { return holders(x.second.counter) == 0; });
}

} // namespace troupe
