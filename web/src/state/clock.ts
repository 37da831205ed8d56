// SPDX-License-Identifier: Apache-2.0
/** The server's time: by it all times were written that the page shows, and a browser's may be wrong. */

// How much the server is ahead of this browser, as the last overviews said; each is a little late.
let ahead: number[] = [];
const remembered = 30;
let most = 0;

export function learn_time(iso: string, here = Date.now()): void {
  const x = Date.parse(iso) - here;
  if (Number.isNaN(x)) return;
  ahead = [...ahead, x].slice(-remembered);
  most = Math.max(...ahead);
}

export const server_now = (here = Date.now()): number => here + most;
