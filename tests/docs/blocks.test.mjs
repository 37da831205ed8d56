// SPDX-License-Identifier: Apache-2.0
// Shows that a document that is wrong is found to be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blocks_of_text, commands_of, is_shown, mark, spoken_commands_of, whole } from "./blocks.mjs";

const read = (...lines) => blocks_of_text(lines.join("\n"), "x.md");
const code = (language, ...lines) => [`\`\`\`${language}`, ...lines, "```"];

test("blocks are read with their languages and places", () => {
  const [first, second] = read("A", "", ...code("sh", "a", "", "b"), "", ...code("json", "{}"));
  assert.deepEqual([first.language, first.text, first.where], ["sh", "a\n\nb", "x.md:3"]);
  assert.deepEqual([second.language, second.text], ["json", "{}"]);
});

test("a mark belongs to the block below it", () => {
  const [skipped, plain] = read("<!-- test: skip takes an hour -->", ...code("sh", "a"), ...code("sh", "b"));
  assert.equal(mark(skipped, "skip").words, "takes an hour");
  assert.equal(mark(plain, "skip"), undefined);
});

test("commands that no reader sees are a block of their own", () => {
  const [hidden, left, seen] = read(
    "<!-- test: run",
    "touch a",
    "-->",
    "<!-- test: background it is ready",
    "troupe up",
    "-->",
    "",
    ...code("sh", "b"),
  );
  assert.deepEqual([hidden.text, hidden.marks[0].kind], ["touch a", "run"]);
  assert.deepEqual([left.text, left.marks[0].words], ["troupe up", "it is ready"]);
  assert.deepEqual(seen.marks, []);
});

test("what stands around a block makes it whole", () => {
  const [block] = read("<!-- test: around", "void f() {", "@@", "}", "-->", ...code("cpp", "$&;"));
  assert.equal(whole(block), "void f() {\n$&;\n}");
});

test("what cannot be tried as it stands is refused with its place", () => {
  const wrong = [
    [["a", "", "    indented"], /x\.md:3: an indented block/],
    [code("yaml", "a: b"), /x\.md:1: nobody knows how to try 'yaml'/],
    [["```sh", "a"], /x\.md:2: the block does not end/],
    [["<!-- test: skip -->", ...code("sh", "a")], /must be followed by the reason/],
    [["<!-- test: dance -->", ...code("sh", "a")], /no such mark/],
    [["<!-- test: skip it -->", "A text.", ...code("sh", "a")], /no block below this mark/],
    [["<!-- test: skip it -->"], /no block below this mark/],
  ];
  for (const [lines, why] of wrong) assert.throws(() => read(...lines), why);
  assert.throws(() => commands_of(read(...code("console", "ls"))[0]), /the first line is no command/);
});

test("a language that nobody can try needs a mark", () => {
  const [block] = read("<!-- test: skip Prometheus has it -->", ...code("yaml", "a: b"));
  assert.equal(block.language, "yaml");
});

test("commands of a session go on behind a backslash, and are followed by what they print", () => {
  const [block] = read(...code("console", "$ a \\", "  b", "one", "two", "$ c"));
  assert.deepEqual(commands_of(block), [
    { command: "a \\\n  b", shown: "one\ntwo\n" },
    { command: "c", shown: "" },
  ]);
});

test("three dots stand for anything, and blanks for nothing", () => {
  assert.ok(is_shown('{"id": "17", "state": "ready"}\n', '{"id":"...",\n "state":"ready"}'));
  assert.ok(!is_shown('{"id": "17", "state": "dead"}', '{"id":"...", "state":"ready"}'));
  assert.ok(!is_shown("a.b", "axb"));
});

test("commands are found in sentences, not in blocks", () => {
  const text = "Say `troupe jobs list\\|show --json`.\n\n```sh\n`troupe x`\n```\n<!-- `troupe y` -->";
  assert.deepEqual(spoken_commands_of(text), ["jobs list|show --json"]);
});
