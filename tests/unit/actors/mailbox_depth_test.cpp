// SPDX-License-Identifier: Apache-2.0
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "actors/mailbox_depth.hpp"
#include "tests/support/deterministic.hpp"

namespace mailbox_depth_test {

using namespace troupe;
using namespace troupe::test;

namespace {

using depths = std::vector<std::uint64_t>;

/// Notes how many messages wait whenever it handles one, and sends itself `extra` at the first.
caf::behavior counting(caf::event_based_actor* self, std::shared_ptr<depths> seen, int extra) {
  return {
    [=](int) {
      if (seen->empty())
        for (int i = 0; i < extra; ++i)
          self->send(self, 0);
      seen->push_back(mailbox_depth(*self));
    },
  };
}

} // namespace

TEST_CASE("the depth of a mailbox is what waits beside the message that is handled") {
  fixture x;
  auto seen = std::make_shared<depths>();
  auto actor = x.system.spawn(counting, seen, 0);
  caf::anon_send(actor, 1);
  caf::anon_send(actor, 2);
  caf::anon_send<caf::message_priority::high>(actor, 3);

  x.settle();

  CHECK(*seen == depths{2, 1, 0});
}

TEST_CASE("what arrives while a message is handled counts, and all of it is handled in the end") {
  fixture x;
  auto seen = std::make_shared<depths>();
  auto actor = x.system.spawn(counting, seen, 2);
  caf::anon_send(actor, 1);
  caf::anon_send(actor, 2);

  x.settle();

  CHECK(*seen == depths{3, 2, 1, 0});
}

} // namespace mailbox_depth_test
