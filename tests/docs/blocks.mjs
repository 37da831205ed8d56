// SPDX-License-Identifier: Apache-2.0
// What a document shows of commands, configuration and code, and how it is to be tried. A comment,
// which no reader sees, stands before a block, or alone:
//
//   <!-- test: skip WHY -->           the block below is not tried
//   <!-- test: background TEXT -->    the commands below go on while the rest is tried, which begins
//                                     when they have printed TEXT (none: at once)
//   <!-- test: fails -->              the commands below are refused, as the block shows
//   <!-- test: around                 the block below, in place of @@ in these lines, is whole
//   ...@@... -->
//   <!-- test: run                    commands that the reader need not see; `background` may have
//   ... -->                           some, too
import { readFileSync } from "node:fs";

/** Languages of blocks, and what is done with them. `text` is for pictures, grammars and headers. */
const languages = ["sh", "console", "toml", "json", "cpp", "text"];

const mark_form = /^<!-- test: (skip|background|fails|around|run)(?: ([^\n]*?))?(?:\n([^]*?))?\s*-->$/;

function mark_of(text, where) {
  const found = mark_form.exec(text);
  if (!found) throw new Error(`${where}: no such mark: ${text}`);
  const [, kind, words = "", lines = ""] = found;
  if (kind === "skip" && words === "")
    throw new Error(`${where}: 'test: skip' must be followed by the reason`);
  if (kind === "around" && !lines.includes("@@"))
    throw new Error(`${where}: 'test: around' must say by @@ where the block is`);
  return { kind, words, lines };
}

class Reader {
  blocks = [];
  marks = [];

  constructor(text, file) {
    this.lines = text.split("\n");
    this.file = file;
  }

  /** Takes lines from `begin` on up to the first that `ends`; returns what comes after it. */
  take(begin, ends, what) {
    let end = begin;
    while (!ends(this.lines[end])) {
      if (++end >= this.lines.length) throw new Error(`${this.file}:${begin + 1}: ${what} does not end`);
    }
    return { text: this.lines.slice(begin, end).join("\n"), last: this.lines[end], after: end + 1 };
  }

  read() {
    for (let i = 0; i < this.lines.length; ) i = this.read_at(i);
    this.expect_no_mark();
    return this.blocks;
  }

  expect_no_mark() {
    if (this.marks.length > 0) throw new Error(`${this.marks[0].where}: there is no block below this mark`);
  }

  read_at(i) {
    const where = `${this.file}:${i + 1}`;
    const line = this.lines[i];
    if (line.startsWith("<!-- test:")) return this.read_mark(i, where);
    const fence = /^ {0,3}(```+)(.*)$/.exec(line);
    if (fence) return this.read_block(i, fence, where);
    if (line.startsWith("    ") && (this.lines[i - 1] ?? "") === "")
      throw new Error(`${where}: an indented block; put it between \`\`\` with its language`);
    if (line !== "") this.expect_no_mark();
    return i + 1;
  }

  read_mark(i, where) {
    const { text, last, after } = this.take(i, (x) => x.trimEnd().endsWith("-->"), "the comment");
    const mark = { where, ...mark_of(`${text}${text && "\n"}${last}`, where) };
    if (mark.kind === "run" || (mark.kind === "background" && mark.lines))
      this.blocks.push({ where, language: "sh", text: mark.lines, marks: [mark] });
    else this.marks.push(mark);
    return after;
  }

  read_block(i, [, fence, language], where) {
    const { text, after } = this.take(i + 1, (x) => x?.trim() === fence, "the block");
    const marks = this.marks;
    const skipped = marks.some((x) => x.kind === "skip");
    if (!skipped && !languages.includes(language))
      throw new Error(`${where}: nobody knows how to try '${language}'; name one of ${languages.join(", ")}, or say 'test: skip WHY' above`);
    this.blocks.push({ where, language, text, marks });
    this.marks = [];
    return after;
  }
}

/** The blocks of a Markdown text, {where, language, text, marks} each. Throws where it is wrong. */
export const blocks_of_text = (text, file) => new Reader(text, file).read();

export const blocks_of = (file) => blocks_of_text(readFileSync(file, "utf8"), file);

/** The mark of a kind, or nothing. */
export const mark = (block, kind) => block.marks.find((x) => x.kind === kind);

/** The block within what stands around it. */
export const whole = (block) => (mark(block, "around")?.lines ?? "@@").replace("@@", () => block.text);

/** Commands of a block in which each begins with "$ ", and what is shown of their output. */
export function commands_of(block) {
  const commands = [];
  let open = false;
  for (const line of block.text.split("\n")) {
    if (open) commands.at(-1).command += `\n${line}`;
    else if (line.startsWith("$ ")) commands.push({ command: line.slice(2), shown: "" });
    else if (commands.length === 0) throw new Error(`${block.where}: the first line is no command`);
    else commands.at(-1).shown += `${line}\n`;
    open = line.endsWith("\\");
  }
  return commands;
}

/** Whether an output is what is shown: blanks do not count, and `...` stands for anything. */
export function is_shown(output, shown) {
  const plain = (x) => x.replace(/\s+/g, "");
  const escaped = plain(shown)
    .split("...")
    .map((x) => x.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join("[^]*")}$`).test(plain(output));
}

/** What a document says in the middle of its sentences to be a command of `troupe`. */
export function spoken_commands_of(text) {
  const prose = text.replace(/^( {0,3})```[^]*?^\1```/gm, "").replace(/<!--[^]*?-->/g, "");
  return [...prose.matchAll(/`troupe ([^`]+)`/g)].map(([, words]) => words.replaceAll("\\|", "|"));
}
