// SPDX-License-Identifier: Apache-2.0
import { parse_json, write_json } from "./json";

/** Numbers, times and states as people read them. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const count = (x: number): string => whole.format(x);

const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

/** "98,765", but "123K": for places where long numbers do not fit. */
export const compact = (x: number): string => (Math.abs(x) < 1e5 ? count(x) : short.format(x));

/** "1 job", "5 jobs". */
export const counted = (x: number, noun: string): string =>
  `${count(x)} ${noun}${x === 1 ? "" : "s"}`;

export function rate(x: number | undefined): string {
  if (x === undefined || Number.isNaN(x)) return "–";
  if (x === 0) return "0";
  return x < 10 ? x.toFixed(1) : compact(Math.round(x));
}

/** A length of time in two units at most: "850 ms", "12.3 s", "3 min 20 s", "2 h 5 min", "4 d". */
export function duration(ms: number): string {
  if (Number.isNaN(ms)) return "–";
  if (ms <= 0) return "0 ms";
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`;
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
const day_of_year = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const time_of_day = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const all_of_time = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  timeZoneName: "short",
});

/** "14:03:22" */
export const clock = (at: Date | number): string => time_of_day.format(at);

/** "Tue, 24 Nov 2026, 14:03:22.120 CET" */
export const exact_time = (iso: string): string => all_of_time.format(new Date(iso));

const minute_ms = 60_000;
const hour_ms = 60 * minute_ms;
const day_ms = 24 * hour_ms;

/** "14:03:22.120", with its day if that is not today. */
export function moment(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const time = `${clock(at)}.${String(at.getMilliseconds()).padStart(3, "0")}`;
  return at.toDateString() === now.toDateString() ? time : `${day.format(at)} ${time}`;
}

/** A length of time in one unit: "12 s", "5 min", "3 h", "4 d". */
export function age(ms: number): string {
  if (Number.isNaN(ms)) return "–";
  const [unit, size] =
    ms < minute_ms ? (["s", 1000] as const)
    : ms < hour_ms ? (["min", minute_ms] as const)
    : ms < 2 * day_ms ? (["h", hour_ms] as const)
    : (["d", day_ms] as const);
  return `${Math.floor(ms / size)} ${unit}`;
}

/** "just now", "12 s ago", "in 5 min", "3 h ago"; what is days away as its day: "23 Nov". */
export function relative(iso: string, now = Date.now()): string {
  const at = Date.parse(iso);
  const away = Math.abs(now - at);
  if (away >= 2 * day_ms)
    return (new Date(at).getFullYear() === new Date(now).getFullYear() ? day : day_of_year).format(at);
  if (away < 1000) return "just now";
  const text = age(away);
  return at > now ? `in ${text}` : `${text} ago`;
}

export const ms_since = (iso: string, now = Date.now()): number => now - Date.parse(iso);

/** JSON with indentation if it is JSON, with its numbers as they were sent; else the text as it is. */
export function pretty(text: string): string {
  try {
    return write_json(parse_json(text), 2);
  } catch {
    return text;
  }
}

/** With a capital letter and a full stop, for texts that stand beside others. */
export function sentence(text: string): string {
  const x = text.trim();
  if (x === "") return x;
  return `${x[0]!.toUpperCase()}${x.slice(1)}${/[.!?…:]$/.test(x) ? "" : "."}`;
}

/** Ids that Troupe makes are long, and begin with the time: their ends tell them apart. */
export const brief = (id: string): string => (id.length <= 24 ? id : `${id.slice(0, 8)}…${id.slice(-8)}`);
