// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "apps/troupe/text_table.hpp"
#include "messages/cluster.hpp"
#include "messages/requests.hpp"

namespace troupe {

text_table table_of(const std::vector<job>& jobs);
text_table table_of(const std::vector<queue_info>& queues);
text_table table_of(const std::vector<worker_info>& workers);
text_table table_of(const std::vector<node_info>& nodes);

} // namespace troupe
