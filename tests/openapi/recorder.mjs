// SPDX-License-Identifier: Apache-2.0
// Stands between the tester and the server: keeps every answer, ends streams of events after their
// first event, and shows events and lines of JSON as arrays, which a tester can check.
import { createServer, request } from "node:http";

export const array_types = {
  "text/event-stream": "application/vnd.events+json",
  "application/x-ndjson": "application/vnd.lines+json",
};

function read_event(text) {
  const event = {};
  for (const line of text.split("\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) event[line.slice(0, colon)] = line.slice(colon + 2);
  }
  if (event.data !== undefined) event.data = JSON.parse(event.data);
  return event;
}

const events_of = (text) => text.split("\n\n").slice(0, -1).map(read_event);
const lines_of = (text) =>
  text
    .split("\n")
    .filter(Boolean)
    .map((x) => JSON.parse(x));

/** Stands in a body for a text of so many letters: the tester is slow with long ones. */
export const text_of = (length) => `a text of ${length} letters`;
const long_texts = (body) =>
  body.replace(/a text of (\d+) letters/g, (_, length) => "x".repeat(length));

/** A call with this header is given a query that is not well encoded: the tester encodes well. */
export const malformed = { "X-Malformed": "query" };

// Of the connection, not of the answer.
const hop_headers = ["connection", "keep-alive", "transfer-encoding", "content-length"];

export class Recorder {
  /** What was answered: {method, path, status, headers, body}. */
  answers = [];
  /** Spoils an answer on its way. */
  change = () => {};

  static async start(target) {
    const x = new Recorder();
    x.target = new URL(target);
    x.server = createServer((asked, reply) => x.forward(asked, reply));
    x.server.keepAliveTimeout = 60_000;
    await new Promise((resolve) => x.server.listen(0, "127.0.0.1", resolve));
    x.url = `http://127.0.0.1:${x.server.address().port}`;
    return x;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  async forward(asked, reply) {
    const { hostname: host, port } = this.target;
    const pieces = [];
    for await (const piece of asked) pieces.push(piece);
    const body = long_texts(Buffer.concat(pieces).toString());
    const { "x-malformed": spoiled, "content-length": _, ...headers } = asked.headers;
    delete headers["accept-encoding"]; // bodies are looked at here
    const path = spoiled ? `${asked.url}?%zz` : asked.url;
    if (body) headers["content-length"] = Buffer.byteLength(body);
    headers.host = `${host}:${port}`;
    const onward = request({ host, port, method: asked.method, path, headers, agent: false });
    onward.on("error", () => reply.destroy());
    onward.on("response", (answer) => this.read(asked, answer, reply));
    onward.end(body);
  }

  read(asked, answer, reply) {
    const events = answer.headers["content-type"]?.startsWith("text/event-stream");
    let text = "";
    answer.setEncoding("utf8");
    answer.on("data", (piece) => {
      text += piece;
      if (events && /^data: /m.test(text) && text.endsWith("\n\n")) answer.destroy();
    });
    answer.on("close", () => this.pass_on(asked, answer, text, reply));
    answer.on("error", () => {}); // it closes, too
  }

  pass_on(asked, answer, text, reply) {
    const x = { method: asked.method, path: asked.url, status: answer.statusCode, body: text };
    x.headers = Object.fromEntries(
      Object.entries(answer.headers).filter(([name]) => !hop_headers.includes(name)),
    );
    const type = answer.headers["content-type"];
    const array = Object.keys(array_types).find((known) => type?.startsWith(known));
    if (array) {
      x.headers["content-type"] = array_types[array];
      x.body = JSON.stringify(
        array === "text/event-stream" ? events_of(text).filter((e) => e.data) : lines_of(text),
      );
    }
    this.answers.push(structuredClone(x));
    this.change(x);
    reply.writeHead(x.status, x.headers);
    reply.end(x.body);
  }
}
