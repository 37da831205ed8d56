// SPDX-License-Identifier: Apache-2.0
import { duration } from "./format";

/** How long things took, from counts by bucket: all that is known is between which bounds. */

/** From the lower to the upper bound of a bucket, in milliseconds; above all bounds: Infinity. */
export interface Between {
  low: number;
  high: number;
}

/** The sums of several counts of the same buckets. */
export function merged(spreads: number[][]): number[] {
  const sum: number[] = [];
  for (const counts of spreads) counts.forEach((n, i) => (sum[i] = (sum[i] ?? 0) + n));
  return sum;
}

/** The bucket that the given share of 0 to 1 of all values ends in (nearest rank); null: no values. */
export function quantile(bounds: number[], counts: number[], share: number): Between | null {
  const total = counts.reduce((n, x) => n + x, 0);
  if (total === 0) return null;
  const rank = Math.max(1, Math.ceil(share * total));
  let seen = 0;
  for (let i = 0; i < counts.length; ++i) {
    seen += counts[i]!;
    if (seen >= rank) return { low: i === 0 ? 0 : bounds[i - 1]!, high: bounds[i] ?? Infinity };
  }
  return null;
}

/** "≤ 5 ms", or "> 30 min" above all bounds. */
export function bound(x: Between): string {
  return Number.isFinite(x.high) ? `≤ ${duration(x.high)}` : `> ${duration(x.low)}`;
}
