// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import uPlot from "uplot";
import { clock } from "./format";
import { Icon } from "./icons";
import { server_now } from "./state/clock";
import { overview } from "./state/live";
import { samples, type Sample } from "./samples";
import { Store, use_store } from "./state/store";

/** A chart of the last minutes that moves on with every overview. */

export interface Line {
  label: string;
  of: (x: Sample) => number;
  /** What is shaded below the line begins here; without it nothing is shaded. */
  from?: (x: Sample) => number;
  text?: (x: Sample) => string; // beside the label; else the value
  dash?: number[]; // tells lines apart without colours
  color: string; // a custom property
}

/** What stands beside a scale of powers, and where it begins. */
export interface Powers {
  lowest: number;
  marks: number[];
}

// The window grows with what is known, so that a page just opened is not empty.
const shown_s_min = 30;
const shown_s_max = 300;

const height = 132;

const whole_steps = [1, 2, 5].flatMap((x) => [0, 1, 2, 3, 4, 5, 6, 7, 8].map((power) => x * 10 ** power)).sort((a, b) => a - b);

/** The look that the pointer is at, in all charts; null: nowhere. */
const pointed = new Store<number | null>(null);

const color_of = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** From when to when, in seconds since 1970. */
function window_shown(): [number, number] {
  const end = samples[samples.length - 1]?.at ?? server_now() / 1000;
  const known = end - (samples[0]?.at ?? end);
  return [end - Math.min(shown_s_max, Math.max(shown_s_min, known)), end];
}

function samples_shown(): Sample[] {
  const [begin] = window_shown();
  return samples.filter((x) => x.at >= begin);
}

/** By line: its values, and, if it is shaded, where that begins. */
function data_of(lines: Line[], powers?: Powers): uPlot.AlignedData {
  const seen = samples_shown();
  const value = (x: number) => (Number.isNaN(x) ? null : powers ? Math.max(powers.lowest, x) : x);
  const row = (of: (x: Sample) => number) => seen.map((x) => value(of(x)));
  return [seen.map((x) => x.at), ...lines.flatMap((x) => (x.from ? [row(x.of), row(x.from)] : [row(x.of)]))];
}

function series_of(lines: Line[]): { series: uPlot.Series[]; bands: uPlot.Band[] } {
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  // What has no neighbour is a point, or it would not be seen.
  const alone: uPlot.Series.Points.Filter = (u, i) => {
    const data = Array.from(u.data[i]!);
    return data.flatMap((x, k) => (x != null && data[k - 1] == null && data[k + 1] == null ? [k] : []));
  };
  for (const x of lines) {
    const color = color_of(x.color);
    series.push({
      label: x.label,
      stroke: color,
      width: 1.6,
      dash: x.dash,
      fill: x.dash || x.from ? undefined : `${color}16`,
      points: { show: true, size: 3, fill: color, filter: alone },
    });
    if (!x.from) continue;
    bands.push({ series: [series.length - 1, series.length], fill: `${color}24` });
    series.push({ stroke: "transparent", width: 0, points: { show: false } });
  }
  return { series, bands };
}

interface Look {
  lines: Line[];
  format: (x: number) => string;
  ceiling?: number;
  whole?: boolean; // only whole numbers stand beside the lines
  powers?: Powers;
}

function plot_in(element: HTMLElement, { lines, format, ceiling, whole, powers }: Look): uPlot {
  const axis = {
    stroke: color_of("--faint"),
    grid: { stroke: color_of("--line"), width: 1 },
    ticks: { show: false },
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
  };
  const y: uPlot.Axis = { ...axis, size: 50, space: 30, values: (_, ticks) => ticks.map((x) => (x == null ? "" : format(x))) };
  if (whole) y.incrs = whole_steps;
  if (powers) y.splits = (u) => powers.marks.filter((x) => x >= u.scales.y!.min! && x <= u.scales.y!.max!);
  if (powers) y.filter = (_, ticks) => ticks;
  // What would be cut off at the right end is left out.
  const times = (u: uPlot, ticks: number[]) => ticks.map((x) => (u.valToPos(x, "x") > u.over.clientWidth - 28 ? "" : clock(x * 1000)));
  const top = (high: number | null) => ceiling ?? Math.max(powers ? powers.lowest * 50 : 1, (high ?? 0) * (powers ? 1.6 : 1.1));
  return new uPlot(
    {
      width: element.clientWidth,
      height,
      padding: [8, 4, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false }, sync: { key: "overview" } },
      hooks: { setCursor: [(u) => pointed.set(u.cursor.idx == null ? null : (u.data[0][u.cursor.idx] ?? null))] },
      scales: {
        x: { range: window_shown },
        y: { distr: powers ? 3 : 1, range: (_, _low, high) => [powers?.lowest ?? 0, top(high)] },
      },
      axes: [{ ...axis, space: 90, size: 22, values: times }, y],
      ...series_of(lines),
    },
    data_of(lines, powers),
    element,
  );
}

function Legend({ lines, format }: { lines: Line[]; format: (x: number) => string }) {
  const at = use_store(pointed);
  const x = (at !== null && samples.find((s) => s.at === at)) || samples[samples.length - 1];
  const value = (line: Line) => (!x || Number.isNaN(line.of(x)) ? "–" : line.text ? line.text(x) : format(line.of(x)));
  return (
    <>
      {at !== null && <p class="at">{clock(at * 1000)}</p>}
      <ul class="legend">
        {lines.map((line) => (
          <li key={line.label}>
            <span>
              <svg viewBox="0 0 18 4" aria-hidden="true">
                <line x1="0" y1="2" x2="18" y2="2" class={line.color.slice(2)} stroke-dasharray={line.dash?.join(" ")} />
              </svg>
              {line.label}{" "}
            </span>
            <b>{value(line)}</b>
          </li>
        ))}
      </ul>
    </>
  );
}

/** `about`: how it is measured, shown on demand. */
export function Chart({ title, about, ...look }: { title: string; about?: ComponentChildren } & Look) {
  const frame = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    const element = frame.current!;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    let plot = plot_in(element, look);
    const draw = () => {
      plot.destroy();
      plot = plot_in(element, look);
    };
    const stop = overview.watch(() => plot.setData(data_of(look.lines, look.powers)));
    const sizes = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== plot.width)
        plot.setSize({ width: element.clientWidth, height });
    });
    sizes.observe(element);
    dark.addEventListener("change", draw);
    return () => {
      stop();
      sizes.disconnect();
      dark.removeEventListener("change", draw);
      plot.destroy();
      pointed.set(null);
    };
    // What a chart shows never changes.
  }, []);

  return (
    <figure class="chart">
      <figcaption>
        <h2>
          {title}
          {about && (
            <>
              <button type="button" class="quiet" popovertarget={id} aria-label={`${title}: how it is measured`} title="How it is measured">
                <Icon name="question" />
              </button>
              <div id={id} popover="auto" class="about">
                {about}
              </div>
            </>
          )}
        </h2>
        <Legend lines={look.lines} format={look.format} />
      </figcaption>
      <div ref={frame} class="plot" aria-hidden="true" />
    </figure>
  );
}
