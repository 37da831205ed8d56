// SPDX-License-Identifier: Apache-2.0
// A cluster of processes for one file of tests, and a browser beside it.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const patience_ms = 20_000;

export function free_port() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const cluster_file = (folder, node_port, http_port, auth) => `
[cluster]
name = "browser"

[http]
auth = ${auth}

[storage]
path = "${folder}/troupe.db"

[nodes.control]
roles = ["control", "service", "gateway"]
address = "127.0.0.1:${node_port}"
http = "127.0.0.1:${http_port}"

[nodes.worker-1]
roles = ["worker"]
slots = 2

[nodes.worker-2]
roles = ["worker"]
slots = 2

[queues.mail]
handler = "echo"

[queues.reports]
handler = "report"

[queues.invoices]
handler = "print"
max_attempts = 1

[handlers.echo]
exec = ["cat"]

[handlers.report]
exec = ["sh", "-c", "until test -e ${folder}/go; do sleep 0.1; done; echo written"]

[handlers.print]
exec = ["sh", "-c", "test -e ${folder}/repaired || { echo '<b>the printer is on fire</b>' >&2; exit 1; }; cat"]

[collections.facts]

[collections.facts.schema.properties]
count = {type = "integer"}
all = {type = "array"}

[collections.notes]
search = ["title", "body"]
indexes = ["created_at"]

[collections.notes.schema]
type = "object"
required = ["title"]
additionalProperties = false

[collections.notes.schema.properties]
title = {type = "string", minLength = 1, maxLength = 200}
body = {type = "string"}
stars = {type = "integer", minimum = 0, maximum = 5, description = "0 to 5"}
done = {type = "boolean"}
tags = {type = "array", items = {type = "string"}, maxItems = 20}
`;

/** Calls until `check` gives something true, which it returns. */
export async function eventually(what, check) {
  const end = Date.now() + patience_ms;
  for (;;) {
    const x = await check();
    if (x) return x;
    if (Date.now() > end) throw new Error(`not within ${patience_ms / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export class Cluster {
  /** `auth`: callers need tokens. */
  static async start({ auth = false } = {}) {
    const x = new Cluster();
    x.folder = mkdtempSync(join(tmpdir(), "troupe-browser-"));
    const port = await free_port();
    x.url = `http://127.0.0.1:${port}`;
    x.file = join(x.folder, "cluster.toml");
    writeFileSync(x.file, cluster_file(x.folder, await free_port(), port, auth));
    x.log = "";
    x.process = spawn(process.env.TROUPE, ["up", x.file], { cwd: x.folder });
    for (const stream of [x.process.stdout, x.process.stderr])
      stream.on("data", (text) => (x.log += text));
    x.ended = new Promise((resolve) => x.process.on("exit", resolve));
    x.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM,
      args: ["--no-sandbox", "--disable-dev-shm-usage"],
    });
    await eventually("two workers are there", async () => {
      const answer = await fetch(`${x.url}/${auth ? "readyz" : "v1/workers"}`).catch(() => null);
      return answer?.ok && (auth || (await answer.json()).workers.length === 2);
    }).catch((e) => {
      throw new Error(`${e.message}\n${x.log}`);
    });
    return x;
  }

  async stop() {
    await this.browser?.close();
    this.process.kill("SIGTERM");
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  touch(name) {
    writeFileSync(join(this.folder, name), "");
  }

  untouch(name) {
    rmSync(join(this.folder, name), { force: true });
  }

  /** A new token, made on the command line. */
  make_token(name, ...scopes) {
    const options = ["--config", this.file, ...scopes.flatMap((x) => ["--scope", x])];
    const text = execFileSync(process.env.TROUPE, ["token", "create", name, ...options], { encoding: "utf8" });
    return text.match(/troupe_\S+/)[0];
  }

  revoke_token(name) {
    execFileSync(process.env.TROUPE, ["token", "revoke", name, "--config", this.file]);
  }

  async request(method, path, body, headers = {}) {
    const answer = await fetch(this.url + path, {
      method,
      headers: { "Content-Type": "application/json", ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  get(path) {
    return this.request("GET", path);
  }

  /** Stores a job and returns its id. */
  async enqueue(queue, payload = {}, options = {}, headers = {}) {
    return (await this.request("POST", `/v1/queues/${queue}/jobs`, { payload, ...options }, headers)).ids[0];
  }

  /** The job when it is in that state. */
  job_in(id, state) {
    return eventually(`job ${id} is ${state}`, async () => {
      const job = await this.get(`/v1/jobs/${id}`);
      return job.state === state && job;
    });
  }

  create_note(note) {
    return this.request("POST", "/v1/collections/notes/records", note);
  }

  /** A page of the dashboard that fails the test on errors of its scripts and on dialogs. */
  async open(path, options = {}) {
    const page = await this.browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
    page.setDefaultTimeout(patience_ms);
    page.problems = [];
    page.on("pageerror", (e) => page.problems.push(e.message));
    page.on("dialog", (x) => {
      page.problems.push(`a script opened a dialog: ${x.message()}`);
      void x.dismiss();
    });
    await page.goto(`${this.url}/#/${path}`);
    await page.locator(".connection.live").waitFor();
    return page;
  }
}

/** Waits until the gateway has told a page what is going on `times` more times: once a second. */
export const overviews = (page, times) =>
  page.evaluate(
    (times) =>
      new Promise((resolve) => {
        const live = new EventSource("/v1/live");
        let told = 0;
        live.addEventListener("overview", () => {
          if (++told < times) return;
          live.close();
          resolve();
        });
      }),
    times,
  );

export const shown = (page, text) => page.getByText(text).first().waitFor();
