// SPDX-License-Identifier: Apache-2.0
// A server of its own for the contract's tests.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const patience_ms = 20_000;

function free_port() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const collection = (name, settings) => `
[collections.${name}]
search = ["title"]
indexes = ["stars"]
record_max = "4 KiB"
${settings}

[collections.${name}.schema]
type = "object"
required = ["title"]
additionalProperties = false

[collections.${name}.schema.properties]
title = {type = "string", minLength = 1, maxLength = 5000}
stars = {type = "integer", minimum = 0, maximum = 5}
author = {type = "object", required = ["name"], properties = {name = {type = "string"}}}
`;

const cluster_file = (folder, node_port, http_port, auth, more) => `
[cluster]
name = "contract"
request_timeout = "3s"

[http]
auth = ${auth}
site = "${folder}/site"

[storage]
path = "${folder}/troupe.db"

[nodes.single]
roles = ["control", "worker", "service", "gateway"]
address = "127.0.0.1:${node_port}"
http = "127.0.0.1:${http_port}"

[queues.mail]
handler = "echo"

[queues.invoices]
handler = "fail"
max_attempts = 1

[queues.reports]

[queues.small]
payload_max = "1 KiB"

[queues.full]
depth_max = 1

[handlers.echo]
exec = ["cat"]

[handlers.fail]
exec = ["false"]
${collection("notes", "")}
${collection("guarded", 'require_condition = true\non_create = "mail"\non_update = "mail"')}
${more}
`;

/** Calls until `check` gives something true, which it returns. */
export async function eventually(what, check) {
  const end = Date.now() + patience_ms;
  for (;;) {
    const x = await check();
    if (x) return x;
    if (Date.now() > end) throw new Error(`not within ${patience_ms / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export class Cluster {
  /** `auth`: callers need tokens. `more`: settings beside those above. */
  static async start({ auth, more = "" }) {
    const x = new Cluster();
    x.folder = mkdtempSync(join(tmpdir(), "troupe-contract-"));
    mkdirSync(join(x.folder, "site", "sub"), { recursive: true });
    for (const page of ["index.html", "sub/index.html"])
      writeFileSync(join(x.folder, "site", page), "<!doctype html><title>A site</title>");
    const port = await free_port();
    x.url = `http://127.0.0.1:${port}`;
    x.file = join(x.folder, "cluster.toml");
    writeFileSync(x.file, cluster_file(x.folder, await free_port(), port, auth, more));
    x.log = "";
    x.process = spawn(process.env.TROUPE, ["up", x.file], { cwd: x.folder });
    for (const stream of [x.process.stdout, x.process.stderr])
      stream.on("data", (text) => (x.log += text));
    x.ended = new Promise((resolve) => x.process.on("exit", resolve));
    try {
      await eventually("the server is ready", () =>
        fetch(`${x.url}/readyz`).then(
          (answer) => answer.ok,
          () => false,
        ),
      );
    } catch (failure) {
      await x.stop();
      throw new Error(`${failure.message}\n${x.log}`);
    }
    return x;
  }

  async stop() {
    this.process.kill("SIGTERM");
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A new token, made on the command line. */
  make_token(name, ...scopes) {
    const options = ["--config", this.file, ...scopes.flatMap((x) => ["--scope", x])];
    const text = execFileSync(process.env.TROUPE, ["token", "create", name, ...options], {
      encoding: "utf8",
      stdio: "pipe",
    });
    return text.match(/troupe_\S+/)[0];
  }

  async document(token) {
    const answer = await fetch(`${this.url}/openapi.json`, {
      headers: token ? { Authorization: `Bearer ${token}` } : {},
    });
    if (!answer.ok) throw new Error(`/openapi.json answers ${answer.status}`);
    return answer.json();
  }
}
