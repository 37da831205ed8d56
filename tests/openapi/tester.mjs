// SPDX-License-Identifier: Apache-2.0
// Runs the contract tester, Redocly's `respect`, which makes the calls of an Arazzo description and
// checks each answer's status, media type and body against the document.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { arazzo } from "./arazzo.mjs";

const program = fileURLToPath(new URL("node_modules/@redocly/cli/bin/cli.js", import.meta.url));
const old_node = new URL("old_node.mjs", import.meta.url).href;

function run(folder, file) {
  const options = ["respect", file, "--json-output", "found.json", "--max-fetch-timeout", "15000"];
  const child = spawn(process.execPath, ["--import", old_node, program, ...options], {
    cwd: folder,
    env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (x) => (text += x));
  return new Promise((resolve) => child.on("exit", () => resolve(text)));
}

const first_lines = (text, count) =>
  text
    .split("\n")
    .filter((x) => x.trim())
    .slice(0, count)
    .join("\n  ");

/** What is wrong with a step's answer: its checks that failed. */
function findings_of(step) {
  const { method, url, body } = step.request ?? {};
  return step.checks
    .filter((check) => !check.passed && !step.retriesLeft)
    .map((check) => {
      const answer = `${step.response?.statusCode} ${JSON.stringify(step.response?.body)?.slice(0, 600)}`;
      return {
        step: step.stepId,
        check: check.name,
        text: `${step.stepId}: ${check.name}: ${first_lines(check.message, 12)}\n  ${method} ${url} ${JSON.stringify(body)?.slice(0, 300) ?? ""}\n  ${answer}`,
      };
    });
}

/** Makes the calls against the document's server. Returns what the tester holds against the
 *  answers, {step, check, text} each, and how many calls it made. */
export async function test_answers(document, scenarios) {
  const folder = mkdtempSync(join(tmpdir(), "troupe-respect-"));
  const write = (name, x) => writeFileSync(join(folder, name), JSON.stringify(x));
  try {
    write("openapi.json", document);
    write("calls.arazzo.json", arazzo(document, scenarios, "openapi.json"));
    const said = await run(folder, "calls.arazzo.json");
    let report;
    try {
      report = JSON.parse(readFileSync(join(folder, "found.json"), "utf8"));
    } catch {
      throw new Error(`the tester made no calls:\n${said}`);
    }
    const steps = Object.values(report.files)
      .flatMap((file) => file.executedWorkflows)
      .flatMap((workflow) => workflow.executedSteps);
    return { findings: steps.flatMap(findings_of), made: new Set(steps.map((x) => x.stepId)).size };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
