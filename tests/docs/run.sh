#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tries all that README.md and docs/ show: run.sh TROUPE COMPILER. Documents name the ports that
# everybody's own nodes have: where it may, it runs in a network of its own.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
TROUPE=$(realpath "$1")
export TROUPE COMPILER=$2 SOURCES=$here/../..

for tool in node curl jq python3; do
  command -v "$tool" >/dev/null && continue
  echo "The documents' tests need $tool; scripts/setup --test installs it." >&2
  # Where nobody reads what was skipped, it must not be skipped.
  [[ -n ${CI-} ]] && exit 1
  exit 77
done

# Raises the loopback of a new network: SIOCSIFFLAGS with IFF_UP, as `ip link set lo up` does.
raise='import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH14x", b"lo", 1))'
tests=(node --test --test-reporter=spec "$here/blocks.test.mjs" "$here/documents.test.mjs")
if unshare -rn true 2>/dev/null; then
  # shellcheck disable=SC2016
  exec unshare -rn bash -c 'python3 -c "$0"; exec "$@"' "$raise" "${tests[@]}"
fi
exec "${tests[@]}"
