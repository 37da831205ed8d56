/** Numbers, times and states as people read them. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const count = (x: number): string => whole.format(x);

/** "1 job", "5 jobs". */
export const counted = (x: number, noun: string): string =>
  `${count(x)} ${noun}${x === 1 ? "" : "s"}`;

export function rate(x: number | undefined): string {
  if (x === undefined || Number.isNaN(x)) return "–";
  if (x === 0) return "0";
  return x < 10 ? x.toFixed(1) : count(x);
}

/** A length of time in two units at most: "850 ms", "12.3 s", "3 min 20 s", "2 h 5 min", "4 d". */
export function duration(ms: number): string {
  if (Number.isNaN(ms)) return "–";
  if (ms < 1) return ms <= 0 ? "0 ms" : `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
  const two = (large: number, unit: string, small: number, small_unit: string) =>
    small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${small_unit}`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return two(minutes, "min", Math.floor(s % 60), "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return two(hours, "h", minutes % 60, "min");
  return two(Math.floor(hours / 24), "d", hours % 24, "h");
}

export function bytes(x: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  while (x >= 1024 && i + 1 < units.length) {
    x /= 1024;
    ++i;
  }
  return `${i === 0 || x >= 100 ? Math.round(x) : x.toFixed(1)} ${units[i]}`;
}

export function percent(x: number): string {
  if (Number.isNaN(x)) return "–";
  return `${x >= 0.9995 || x === 0 ? Math.round(x * 100) : (x * 100).toFixed(1)} %`;
}

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const time_of_day = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** "14:03:22" */
export const clock = (at: Date | number): string => time_of_day.format(at);

/** A time of today as "14:03:22", else with its day: "23 Nov 14:03:22". */
export function when(iso: string | null | undefined): string {
  if (!iso) return "–";
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  return today ? clock(at) : `${day.format(at)} ${clock(at)}`;
}

export const ms_since = (iso: string, now = Date.now()): number => now - Date.parse(iso);

/** JSON with indentation if it is JSON, else the text as it is. */
export function pretty(text: string): string {
  try {
    const x = JSON.parse(text);
    // Numbers that JavaScript would round are shown as they were sent.
    return /\d{16}/.test(text) ? text : JSON.stringify(x, null, 2);
  } catch {
    return text;
  }
}
