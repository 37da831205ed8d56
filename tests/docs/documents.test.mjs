// SPDX-License-Identifier: Apache-2.0
// Everything that README.md and docs/ show is tried: commands in order in a fresh folder against the
// nodes that they start, configuration by `troupe config check`, JSON by a parser, C++ by a compiler.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { after, describe, test } from "node:test";
import { blocks_of, commands_of, is_shown, mark, spoken_commands_of, whole } from "./blocks.mjs";
import { Shell } from "./shell.mjs";

const { TROUPE: program, SOURCES: sources, COMPILER: compiler } = process.env;

const documents = [
  "README.md",
  ...readdirSync(join(sources, "docs"), { recursive: true })
    .filter((x) => x.endsWith(".md"))
    .sort()
    .map((x) => join("docs", x)),
];

async function try_commands(shell, { text, marks, where }) {
  const background = marks.find((x) => x.kind === "background");
  if (background) return shell.leave(text, background.words);
  const { status, output } = await shell.run(text);
  assert.equal(status, 0, `${where} ends with ${status}:\n${text}\n${output}`);
}

/** As `sh`; what is shown of the output is compared, too. */
async function try_session(shell, block) {
  for (const { command, shown } of commands_of(block)) {
    const { status, output } = await shell.run(command);
    const told = `${block.where}: ${command}\nends with ${status}:\n${output}`;
    assert.equal(status !== 0, mark(block, "fails") !== undefined, told);
    assert.ok(shown === "" || is_shown(output, shown), `${told}\nnot as it is shown:\n${shown}`);
  }
}

async function try_configuration(shell, block) {
  writeFileSync(join(shell.folder, "snippet.toml"), whole(block));
  const { status, output } = await shell.run("troupe config check snippet.toml");
  assert.equal(status, 0, `${block.where}: ${output}\n${whole(block)}`);
}

async function try_code(shell, block) {
  writeFileSync(join(shell.folder, "snippet.cpp"), whole(block));
  const { status, output } = await shell.run(
    `'${compiler}' -std=c++20 -Wall -Wextra -fsyntax-only -I'${sources}' snippet.cpp`,
  );
  assert.equal(status, 0, `${block.where}: ${output}`);
}

const ways = {
  sh: try_commands,
  console: try_session,
  toml: try_configuration,
  cpp: try_code,
  json: (_, { text }) => JSON.parse(text),
  text: () => {},
};

const counts = {};
const count = (what) => (counts[what] = (counts[what] ?? 0) + 1);

for (const file of documents)
  describe(file, () => {
    const blocks = blocks_of(join(sources, file));
    let shell;
    after(() => shell?.close());

    for (const block of blocks) {
      const name = `${relative(sources, block.where)} ${block.language}`;
      const skip = mark(block, "skip");
      count(skip ? "skipped" : block.language);
      if (skip) continue;
      test(name, async () => {
        shell ??= new Shell(sources, program);
        await ways[block.language](shell, block);
      });
    }

    test("commands that sentences name are there, with their options", () => {
      for (const spoken of spoken_commands_of(readFileSync(join(sources, file), "utf8")))
        check_spoken(file, spoken);
    });
  });

/** `jobs list|show --json`: each of the commands is there, and takes each option. */
function check_spoken(file, spoken) {
  const [first, second = ""] = spoken.split(" ");
  if (!/^[a-z|]+$/.test(first)) return; // `troupe COMMAND`
  const inner = second.split("|").filter((x) => /^[a-z]+$/.test(x));
  for (const command of first.split("|"))
    for (const words of inner.length > 0 ? inner.map((x) => `${command} ${x}`) : [command]) {
      const help = help_of(words);
      assert.ok(help, `${file} names \`troupe ${spoken}\`; there is no such command`);
      for (const [option] of spoken.matchAll(/--[a-z][a-z-]*/g))
        assert.ok(help.includes(option), `${file} names \`troupe ${spoken}\`: there is no ${option}`);
    }
}

const helps = new Map();
function help_of(words) {
  if (!helps.has(words))
    try {
      const asked = [...words.split(" "), "--help"];
      helps.set(words, execFileSync(program, asked, { encoding: "utf8", stdio: "pipe" }));
    } catch {
      helps.set(words, undefined);
    }
  return helps.get(words);
}

test("most of what is shown is tried", () => {
  const { text = 0, skipped = 0, ...tried } = counts;
  const sum = Object.values(tried).reduce((x, y) => x + y, 0);
  console.log(`${sum} blocks were tried (${JSON.stringify(tried)}), ${text} are texts, ${skipped} were skipped`);
  assert.ok(sum >= 40 && skipped <= sum / 4);
});
