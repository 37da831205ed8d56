// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/transaction.hpp"

#include <algorithm>

namespace troupe::sqlite {

void transaction::finish() {
  jobs_.finish();
  records_.finish();
}

void transaction::abandon() {
  jobs_.abandon();
  records_.abandon();
}

records_written transaction::write(const write_records& request, timestamp now) {
  auto answer = records_.write(request, now);
  for (const auto& x : answer.jobs)
    jobs_.insert(
      {x.queue, x.job.id, now, {new_job{x.job.payload, x.job.options, {}, x.job.trace_parent}}});
  return answer;
}

step_stored transaction::commit(const store_step& step) {
  step_stored answer;
  answer.lost = !jobs_.is_current(step.end.lease);
  if (answer.lost)
    return answer;
  // A refused write leaves the step with nothing done: the lease ends only after this.
  answer.written = write(step.writes, step.now);
  const auto refused = [](const record_written& x) { return x.code != 0; };
  if (answer.written.code != 0
      || std::any_of(answer.written.results.begin(), answer.written.results.end(), refused))
    return answer;
  jobs_.end({step.now, {step.end}});
  for (const auto& jobs : step.jobs)
    jobs_.insert(jobs);
  return answer;
}

} // namespace troupe::sqlite
