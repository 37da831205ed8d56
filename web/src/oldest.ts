// SPDX-License-Identifier: Apache-2.0
/** The job of a list with the smallest id, where lists can only be read from the newest on. */

export interface Found {
  id: bigint;
  created_at: string;
}

/**
 * `newest_below`: the job with the largest id below `before`, or of all. `known`: what was found
 * the last time; if it is still there, it is found at once, because newer jobs have larger ids.
 */
export async function find_oldest(
  newest_below: (before: bigint | null) => Promise<Found | null>,
  known?: Found | null,
): Promise<Found | null> {
  if (known && (await newest_below(known.id + 1n))?.id === known.id) return known;
  let found = await newest_below(null);
  let none_up_to = 0n;
  while (found && found.id - none_up_to > 1n) {
    const middle: bigint = none_up_to + (found.id - none_up_to) / 2n;
    const older = await newest_below(middle + 1n);
    if (older) found = older;
    else none_up_to = middle;
  }
  return found;
}
