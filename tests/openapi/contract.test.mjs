// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { operations_of, strict } from "./arazzo.mjs";
import { undocumented_headers, unseen } from "./audit.mjs";
import { all_calls } from "./calls.mjs";
import { Cluster } from "./cluster.mjs";
import { malformed, Recorder } from "./recorder.mjs";
import { test_answers } from "./tester.mjs";

const sample = { record: "x", queue: "mail", job: "1", node: "nobody", name: "x", path: "x" };

/** A call of each operation that is refused before anybody looks what it is about, alone. */
function refused(operations, gives, header, unless) {
  const calls = operations.map((operation) => {
    const names = [...operation.path.matchAll(/{(\w+)}/g)].map(([, name]) => name);
    const call = { call: operation.operationId, gives, header, unless };
    call.path = Object.fromEntries(names.map((name) => [name, sample[name]]));
    if (operation.requestBody) {
      call.type = Object.keys(operation.requestBody.content)[0];
      call.body = { some: "body" };
    }
    return call;
  });
  return Object.fromEntries(
    calls.map((call) => [`refused_${gives}_${call.call.replaceAll(".", "-")}`, [call]]),
  );
}

function with_header(scenarios, header) {
  const each = (call) => ({ ...call, header: { ...header, ...call.header } });
  return Object.fromEntries(
    Object.entries(scenarios).map(([name, calls]) => [name, calls.map(each)]),
  );
}

const texts = (findings) => findings.map((x) => x.text).join("\n\n");

async function scenarios_for(cluster) {
  const page = await (await fetch(cluster.url)).text();
  return all_calls(page.match(/assets\/([^"]+\.js)/)[1]);
}

for (const auth of [false, true])
  describe(auth ? "with tokens" : "without tokens", () => {
    let cluster, recorder, document, token;
    before(async () => {
      cluster = await Cluster.start({ auth });
      recorder = await Recorder.start(cluster.url);
      token = auth ? cluster.make_token("tester", "admin") : undefined;
      document = strict(await cluster.document(token), recorder.url);
    });
    after(async () => {
      recorder?.stop();
      await cluster?.stop();
    });

    const bearer = (text) => (text ? { Authorization: `Bearer ${text}` } : {});

    const check = async (scenarios) => {
      const { findings, made } = await test_answers(document, scenarios);
      if (findings.length > 0) assert.fail(texts(findings));
      assert.equal(made, Object.values(scenarios).flat().length);
    };

    test("every operation answers as the document says", async () => {
      await check(with_header(await scenarios_for(cluster), bearer(token)));
      await check(refused(operations_of(document), 400, { ...bearer(token), ...malformed }));
      const changes = operations_of(document).filter((x) => x.method !== "GET");
      await check(refused(changes, 403, { ...bearer(token), "Sec-Fetch-Site": "cross-site" }));
    });

    test("a new record is not sent back to those who do not want it", async () => {
      const answer = await fetch(`${cluster.url}/v1/collections/notes/records`, {
        method: "POST",
        headers: { ...bearer(token), "Content-Type": "application/json", Prefer: "return=minimal" },
        body: '{"title": "Salt"}',
      });
      assert.equal(answer.status, 201);
      assert.equal(await answer.text(), "");
      assert.equal(answer.headers.get("preference-applied"), "return=minimal");
      assert.match(answer.headers.get("location"), /^\/v1\/collections\/notes\/records\/./);
    });

    if (auth)
      test("S1 every operation that needs a scope says so to those who lack it", async () => {
        const closed = operations_of(document).filter((x) => x.security.length > 0);
        assert.ok(closed.length > 30);
        await check(refused(closed, 401, {}));
        const scoped = closed.filter((x) => x.security[0].token.length > 0);
        await check(
          refused(scoped, 403, bearer(cluster.make_token("stranger", "jobs:enqueue:nothing"))),
        );
        // After some, it is not looked at wrong ones any more.
        await check(refused(closed, 429, bearer("troupe_wrong"), 401));
      });

    test("every status of the document is answered, and no header that it does not name", () => {
      assert.deepEqual(unseen(document, recorder.answers), []);
      assert.deepEqual(undocumented_headers(document, recorder.answers), []);
    });
  });
