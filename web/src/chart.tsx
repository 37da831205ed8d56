import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { clock } from "./format";
import { overview, samples, type Sample } from "./live";

/** A chart of the last minutes that moves on with every overview. */

interface Line {
  label: string;
  of: (x: Sample) => number;
  dash?: number[]; // tells lines apart without colours
  color: string; // a custom property
}

// The window grows with what is known, so that a page just opened is not empty.
const shown_s_min = 60;
const shown_s_max = 300;

const whole_steps = [1, 2, 5].flatMap((x) => [0, 1, 2, 3, 4, 5, 6, 7, 8].map((power) => x * 10 ** power)).sort((a, b) => a - b);

const color_of = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** From when to when, in seconds since 1970. */
function window_shown(): [number, number] {
  const end = samples[samples.length - 1]?.at ?? Date.now() / 1000;
  const known = end - (samples[0]?.at ?? end);
  return [end - Math.min(shown_s_max, Math.max(shown_s_min, known)), end];
}

function data_of(lines: Line[]): uPlot.AlignedData {
  const [begin] = window_shown();
  const seen = samples.filter((x) => x.at >= begin);
  const number = (x: number) => (Number.isNaN(x) ? null : x);
  return [seen.map((x) => x.at), ...lines.map((line) => seen.map((x) => number(line.of(x))))];
}

export function Chart({
  title,
  lines,
  format,
  ceiling,
  whole,
}: {
  title: string;
  lines: Line[];
  format: (x: number) => string;
  ceiling?: number;
  whole?: boolean; // only whole numbers stand beside the lines
}) {
  const frame = useRef<HTMLDivElement>(null);
  const latest = samples[samples.length - 1];

  useEffect(() => {
    const element = frame.current!;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    let plot: uPlot | null = null;

    const draw = () => {
      plot?.destroy();
      const axis = {
        stroke: color_of("--faint"),
        grid: { stroke: color_of("--line"), width: 1 },
        ticks: { show: false },
        font: `11px ${getComputedStyle(document.body).fontFamily}`,
      };
      plot = new uPlot(
        {
          width: element.clientWidth,
          height: 150,
          padding: [8, 4, 0, 0],
          legend: { show: false },
          cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false }, sync: { key: "overview" } },
          scales: {
            x: { range: window_shown },
            y: { range: (_, _low, high) => [0, ceiling ?? Math.max(1, (high ?? 0) * 1.1)] },
          },
          axes: [
            { ...axis, space: 90, size: 24, values: (_, ticks) => ticks.map((x) => clock(x * 1000)) },
            { ...axis, size: 52, space: 34, incrs: whole ? whole_steps : undefined, values: (_, ticks) => ticks.map(format) },
          ],
          series: [
            {},
            ...lines.map((x) => ({
              label: x.label,
              stroke: color_of(x.color),
              width: 1.6,
              dash: x.dash,
              points: { show: false },
              spanGaps: false,
            })),
          ],
        },
        data_of(lines),
        element,
      );
    };
    draw();
    const stop = overview.watch(() => plot?.setData(data_of(lines)));
    const sizes = new ResizeObserver(() => {
      if (plot && element.clientWidth > 0 && element.clientWidth !== plot.width)
        plot.setSize({ width: element.clientWidth, height: 150 });
    });
    sizes.observe(element);
    dark.addEventListener("change", draw);
    return () => {
      stop();
      sizes.disconnect();
      dark.removeEventListener("change", draw);
      plot?.destroy();
    };
    // The lines of a chart never change.
  }, []);

  return (
    <figure class="chart">
      <figcaption>
        <h2>{title}</h2>
        <ul class="legend">
          {lines.map((x) => (
            <li key={x.label}>
              <svg viewBox="0 0 18 4" aria-hidden="true">
                <line x1="0" y1="2" x2="18" y2="2" class={x.color.slice(2)} stroke-dasharray={x.dash?.join(" ")} />
              </svg>
              {x.label} <b>{latest && !Number.isNaN(x.of(latest)) ? format(x.of(latest)) : "–"}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={frame} class="plot" aria-hidden="true" />
    </figure>
  );
}
