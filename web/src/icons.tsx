// SPDX-License-Identifier: Apache-2.0
/** Small drawings that say the same as the colours beside them. */

const paths = {
  check: "M3 8.5 6.5 12 13 4.5",
  cross: "M4 4l8 8M12 4l-8 8",
  slash: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2M4 12 12 4",
  ring: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3",
  play: "M5 3.5 12.5 8 5 12.5z",
  clock: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.2l2.2 1.6",
  again: "M12.8 8a4.8 4.8 0 1 1-1.5-3.5M12.9 2.2v2.9H10",
  warning: "M8 2.5 14.2 13H1.8zM8 6.5v3M8 11.3v.2",
  dot: "M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5",
  pause: "M5.5 4v8M10.5 4v8",
  overview: "M2.5 13h11M3.5 10l3-4 2.5 2.5 3.5-5",
  queues: "M3 4h10M3 8h10M3 12h6",
  jobs: "M3 3h10v10H3zM5.5 8l2 2 3-4",
  dead: "M2.5 4.5h11v8h-11zM2.5 4.5 8 9l5.5-4.5",
  nodes: "M3 3h10v4H3zM3 9h10v4H3zM5.5 5h.1M5.5 11h.1",
  collections:
    "M3 4.2C3 3.3 5.2 2.5 8 2.5s5 .8 5 1.7v7.6c0 .9-2.2 1.7-5 1.7s-5-.8-5-1.7zM3 4.2c0 .9 2.2 1.7 5 1.7s5-.8 5-1.7M3 8c0 .9 2.2 1.7 5 1.7s5-.8 5-1.7",
  caches: "M9 2 4 9h3.5L7 14l5-7H8.5z",
  search: "M7 2.8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4M10.2 10.2 13.5 13.5",
  tag: "M2.5 2.5h5l6 6-5 5-6-6zM5.4 5.4h.1",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  question: "M5.8 6.2a2.2 2.2 0 1 1 3.3 1.9c-.7.4-1.1.8-1.1 1.7M8 12.3v.2",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
