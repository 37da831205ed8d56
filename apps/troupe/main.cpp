// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/command.hpp"
#include "apps/troupe/standard_streams.hpp"

int main(int argc, char** argv) {
  troupe::open_standard_streams();
  return troupe::run_cli(argc, argv);
}
