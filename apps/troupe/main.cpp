// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/command.hpp"

int main(int argc, char** argv) {
  return troupe::run_cli(argc, argv);
}
