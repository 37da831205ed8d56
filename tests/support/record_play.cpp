// SPDX-License-Identifier: Apache-2.0
#include "tests/support/record_play.hpp"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include "messages/error_category.hpp"

namespace troupe::test {

namespace {

using play_actor = caf::stateful_actor<play_state>;

// Between two looks for a service when there is none.
constexpr milliseconds next_look{100};

// Mostly of the length of the simulation's ticks, so that players meet.
constexpr std::array<std::int64_t, 6> pauses_ms{0, 10, 20, 30, 50, 100};

void go_on(play_actor* self) {
  self->delayed_send(self, self->state.pause(), caf::tick_atom::value);
}

template <class Answer, class Request>
void ask(play_actor* self, const records_actor& whom, Request request) {
  ++*self->state.options.open;
  self->request(whom, play_patience, std::move(request))
    .then(
      [self](const Answer& x) {
        --*self->state.options.open;
        if constexpr (std::is_same_v<Answer, records_found>)
          self->state.options.player->found(x);
        else
          self->state.options.player->changed(x);
        go_on(self);
      },
      [self](const caf::error& why) {
        --*self->state.options.open;
        if (why.category() == error_category) // CAF's own do not say what became of the request
          self->state.options.player->failed(from_caf(why));
        go_on(self);
      });
}

} // namespace

records_actor play_state::choose() {
  if (options.balanced)
    return options.balanced;
  auto at_home = [this](const named_actor& x) { return x.node == options.home; };
  auto found = options.home.empty() && !services.empty()
                 ? services.begin() + static_cast<std::ptrdiff_t>(options.seed % services.size())
                 : std::find_if(services.begin(), services.end(), at_home);
  return found == services.end() ? records_actor{} : caf::actor_cast<records_actor>(found->actor);
}

milliseconds play_state::pause() {
  auto i = std::uniform_int_distribution<std::size_t>{0, pauses_ms.size() - 1}(random);
  return milliseconds{pauses_ms[i]};
}

caf::behavior play_records(play_actor* self, const play_options& options) {
  self->state.options = options;
  self->state.random.seed(options.seed);
  go_on(self);
  return {
    [self](const named_group& x) { self->state.services = x.members; },
    [self](caf::tick_atom) {
      if (*self->state.options.stop)
        return;
      auto whom = self->state.choose();
      if (!whom) {
        self->delayed_send(self, next_look, caf::tick_atom::value);
        return;
      }
      auto wanted = self->state.options.player->next();
      if (wanted.changes.empty())
        ask<records_found>(self, whom, std::move(wanted.read));
      else if (wanted.changes.size() == 1)
        ask<record_changed>(self, whom, std::move(wanted.changes.front()));
      else
        ask<records_changed>(
          self, whom,
          change_records{std::move(wanted.changes), std::move(wanted.idempotency_key), {}});
    },
  };
}

} // namespace troupe::test
