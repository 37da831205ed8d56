// SPDX-License-Identifier: Apache-2.0
// A folder as a reader has it who has built Troupe, and a shell in it.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const command_ms = 60_000;

export class Shell {
  /** `sources`: the repository; `program`: the program `troupe`, beside which the others lie. */
  constructor(sources, program) {
    this.folder = mkdtempSync(join(tmpdir(), "troupe-docs-"));
    this.running = [];
    for (const name of ["apps", "config", "scripts"]) symlinkSync(join(sources, name), join(this.folder, name));
    mkdirSync(join(this.folder, "build", "release"), { recursive: true });
    symlinkSync(dirname(program), join(this.folder, "build", "release", "bin"));
    // Documents do not say it each time.
    writeFileSync(join(this.folder, ".curlrc"), "silent\nshow-error\nfail-with-body\n");
    this.env = { PATH: `${dirname(program)}:${process.env.PATH}`, HOME: this.folder, LANG: "C.UTF-8" };
  }

  start(commands) {
    const child = spawn("bash", ["-euo", "pipefail", "-c", commands], {
      cwd: this.folder,
      env: this.env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const x = { child, output: "", print: () => {} };
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (piece) => {
        x.output += piece;
        x.print();
      });
    x.ended = new Promise((resolve) => child.on("close", (status, signal) => resolve(status ?? signal)));
    return x;
  }

  /** Runs commands to their end: {status, output}. */
  async run(commands) {
    const x = this.start(commands);
    const limit = setTimeout(() => process.kill(-x.child.pid, "SIGKILL"), command_ms);
    const status = await x.ended;
    clearTimeout(limit);
    return { status, output: x.output };
  }

  /** Leaves commands running when they have printed `text`. */
  async leave(commands, text) {
    const x = this.start(commands);
    this.running.push(x);
    const printed = new Promise((resolve) => {
      x.print = () => x.output.includes(text) && resolve(true);
    });
    if (text === "") return;
    let limit;
    const late = new Promise((resolve) => {
      limit = setTimeout(resolve, command_ms, false);
    });
    const in_time = await Promise.race([printed, late, x.ended.then(() => false)]);
    clearTimeout(limit);
    if (!in_time) throw new Error(`'${text}' was not printed:\n${x.output}`);
  }

  /** Ends what runs, the last first, and removes the folder. */
  async close() {
    for (const x of this.running.reverse()) {
      if (x.child.exitCode === null && x.child.signalCode === null) process.kill(-x.child.pid, "SIGTERM");
      await x.ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
