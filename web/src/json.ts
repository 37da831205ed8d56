// SPDX-License-Identifier: Apache-2.0
import type { Json } from "./types";

/** JSON whose numbers keep their text, where JavaScript's would round them or write them otherwise. */

/** A number that JavaScript would write differently: 9007199254740993, 1.0, -0, 1e400. */
export class ExactNumber {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** Why a text is not JSON, and where. */
export class JsonError extends Error {}

const depth_max = 500;

const number_form = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const blank_form = /[ \t\r\n]*/y;

export function is_number_text(text: string): boolean {
  number_form.lastIndex = 0;
  return number_form.exec(text)?.[0].length === text.length;
}

export function number_of(text: string): number | ExactNumber {
  const x = Number(text);
  return JSON.stringify(x) === text ? x : new ExactNumber(text);
}

class Reader {
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  all(): Json {
    const x = this.value();
    if (this.at < this.text.length) this.fail("there is more after its end");
    return x;
  }

  private fail(why: string): never {
    const before = this.text.slice(0, this.at).split("\n");
    throw new JsonError(`line ${before.length}, column ${before[before.length - 1]!.length + 1}: ${why}`);
  }

  private blanks(): void {
    blank_form.lastIndex = this.at;
    this.at += blank_form.exec(this.text)![0].length;
  }

  /** Whether this letter comes next, which is then read. */
  private take(letter: string): boolean {
    if (this.text[this.at] !== letter) return false;
    ++this.at;
    this.blanks();
    return true;
  }

  private value(): Json {
    this.blanks();
    const x = this.one();
    this.blanks();
    return x;
  }

  private one(): Json {
    const letter = this.text[this.at];
    if (letter === "{" || letter === "[") {
      if (++this.depth > depth_max) this.fail("it is nested too deeply");
      const x = letter === "{" ? this.object() : this.array();
      --this.depth;
      return x;
    }
    if (letter === '"') return this.string();
    for (const [word, x] of [["true", true], ["false", false], ["null", null]] as const)
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return x;
      }
    number_form.lastIndex = this.at;
    const number = number_form.exec(this.text)?.[0];
    if (number === undefined) this.fail(letter === undefined ? "it ends too early" : "a value is expected; text must be in double quotes");
    this.at += number.length;
    return number_of(number);
  }

  private string(): string {
    const begin = this.at++;
    while (this.at < this.text.length && this.text[this.at] !== '"') this.at += this.text[this.at] === "\\" ? 2 : 1;
    if (this.at >= this.text.length) this.fail("a quote is missing");
    ++this.at;
    try {
      return JSON.parse(this.text.slice(begin, this.at)) as string;
    } catch {
      this.at = begin;
      return this.fail("this text has a line break or an unknown escape in it");
    }
  }

  private array(): Json[] {
    const items: Json[] = [];
    this.take("[");
    if (this.take("]")) return items;
    do items.push(this.value());
    while (this.take(","));
    if (this.text[this.at] !== "]") this.fail("a comma or ] is expected");
    ++this.at;
    return items;
  }

  private object(): Json {
    const members = new Map<string, Json>();
    this.take("{");
    if (this.take("}")) return {};
    do {
      if (this.text[this.at] !== '"') this.fail("a name in double quotes is expected");
      const begin = this.at;
      const name = this.string();
      if (members.has(name)) {
        this.at = begin;
        this.fail(`the name ${JSON.stringify(name)} is there twice`);
      }
      this.blanks();
      if (!this.take(":")) this.fail("a colon is expected");
      members.set(name, this.value());
    } while (this.take(","));
    if (this.text[this.at] !== "}") this.fail("a comma or } is expected");
    ++this.at;
    // Unlike an assignment, this keeps a member that is called __proto__.
    return Object.fromEntries(members);
  }
}

/** Throws a JsonError. */
export const parse_json = (text: string): Json => new Reader(text).all();

/** `step`: how many blanks each level is indented by; 0: all in one line. Leaves undefined members out. */
export function write_json(x: unknown, step = 0, margin = ""): string {
  if (x instanceof ExactNumber) return x.text;
  if (typeof x !== "object" || x === null) return JSON.stringify(x) ?? "null";
  const inner = margin + " ".repeat(step);
  const parts = Array.isArray(x)
    ? x.map((item) => write_json(item, step, inner))
    : Object.entries(x)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${JSON.stringify(name)}:${step > 0 ? " " : ""}${write_json(value, step, inner)}`);
  const [open, close] = Array.isArray(x) ? "[]" : "{}";
  if (parts.length === 0) return `${open}${close}`;
  return step > 0
    ? `${open}\n${parts.map((part) => inner + part).join(",\n")}\n${margin}${close}`
    : `${open}${parts.join(",")}${close}`;
}

/** Sign, digits and power of ten of a decimal number, the same for all its ways to be written. */
function decimal_of(text: string): string {
  const [, sign, whole = "", fraction = "", power = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const short = digits.replace(/0+$/, "");
  return short === "" ? "0" : `${sign}${short}e${Number(power) - fraction.length + digits.length - short.length}`;
}

/**
 * Why the server could not keep a number as it is written; null: it can. It keeps whole numbers of 64
 * bits, and others as the nearest double.
 */
export function why_not_kept(text: string): string | null {
  if (/^-?\d+$/.test(text)) {
    const x = BigInt(text);
    return x < -(2n ** 63n) || x >= 2n ** 64n ? `${text} does not fit into 64 bits.` : null;
  }
  const x = Number(text);
  if (!Number.isFinite(x)) return `${text} is too large to be stored.`;
  return decimal_of(text) === decimal_of(String(x)) ? null : `${text} has too many digits: it would be stored as ${x}.`;
}

/** The first number in a value that the server could not keep; null: it can keep all. */
export function first_not_kept(x: Json): string | null {
  if (x instanceof ExactNumber) return why_not_kept(x.text);
  if (typeof x !== "object" || x === null) return null;
  for (const inner of Object.values(x)) {
    const why = first_not_kept(inner);
    if (why) return why;
  }
  return null;
}
