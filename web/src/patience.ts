// SPDX-License-Identifier: Apache-2.0
/** How long to wait before trying again what failed. */

const first_ms = 1000;
const longest_ms = 15_000;

/**
 * Longer after each failure, and never the same for two pages: all that lost one gateway would
 * otherwise come back to the next one in the same moment.
 */
export function retry_delay(failures: number, random: () => number = Math.random): number {
  return Math.min(longest_ms, first_ms * 2 ** failures) * (0.5 + random());
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
