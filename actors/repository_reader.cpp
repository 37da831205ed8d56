// SPDX-License-Identifier: Apache-2.0
#include "actors/repository_reader.hpp"

#include <utility>

#include "actors/logging.hpp"
#include "messages/error_category.hpp"

namespace troupe {

namespace {

using reader_pointer = waiting_reader_actor::stateful_pointer<repository_reader_state>;

template <class Request, class Answer, class Part>
using read_member = result<Answer> (Part::*)(const Request&);

template <class Request, class Answer, class Part>
result<Answer> read_in_time(reader_pointer self, read_member<Request, Answer, Part> member,
                            const read_pass& pass, const Request& request) {
  auto over = [self, &pass] { return pass.is_over(self->clock().now()); };
  if (over())
    return failure(errc::overloaded, "other reads took all of this one's time; try again");
  auto& source = *self->state.source;
  source.end_when(over);
  auto answer = (source.*member)(request);
  source.end_when(nullptr);
  return answer;
}

/// Makes a handler that reads at once.
template <class Request, class Answer, class Part>
auto reads_at_once(reader_pointer self, read_member<Request, Answer, Part> member) {
  return [self, member](const read_pass_ptr& pass, const Request& request) -> caf::result<Answer> {
    auto answer = read_in_time(self, member, *pass, request);
    if (!answer)
      return to_caf(answer.error());
    return std::move(*answer);
  };
}

/// Makes a handler that reads when its caller's line has its turn.
template <class Request, class Answer, class Part>
auto takes_turns(reader_pointer self, read_member<Request, Answer, Part> member) {
  return [self, member](const read_pass_ptr& pass, Request& request) -> caf::result<Answer> {
    auto promise = self->make_response_promise<Answer>();
    auto& lines = self->state.lines;
    if (lines.empty())
      self->send(self, turn_atom::value);
    lines.add(pass->caller, [=, request = std::move(request)]() mutable {
      auto answer = read_in_time(self, member, *pass, request);
      if (answer)
        promise.deliver(std::move(*answer));
      else
        promise.deliver(to_caf(answer.error()));
    });
    return promise;
  };
}

// One at a time: what came during a read joins its line before the next one is chosen.
void take_turn(reader_pointer self) {
  auto& lines = self->state.lines;
  lines.take()();
  if (!lines.empty())
    self->send(self, turn_atom::value);
}

} // namespace

waiting_reader_actor::behavior_type repository_reader(reader_pointer self,
                                                      std::shared_ptr<storage_reader> source) {
  log_to_spdlog(self);
  self->state.source = std::move(source);
  return {
    reads_at_once(self, &job_reader::ready),          reads_at_once(self, &job_reader::get),
    reads_at_once(self, &record_reader::collections), reads_at_once(self, &record_reader::shards),
    reads_at_once(self, &record_reader::read),        reads_at_once(self, &record_reader::changes),
    reads_at_once(self, &token_reader::tokens),       takes_turns(self, &job_reader::list),
    takes_turns(self, &record_reader::select),        [self](turn_atom) { take_turn(self); },
  };
}

} // namespace troupe
