// SPDX-License-Identifier: Apache-2.0
// What a program writes with openapi-typescript and openapi-fetch.
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/paths";

type Order = components["schemas"]["of.orders.fields"];
type Customer = components["schemas"]["of.orders.fields.customer"];

function sure<T>(x: { data?: T; error?: unknown }): T {
  if (x.data === undefined) throw new Error(`refused: ${JSON.stringify(x.error)}`);
  return x.data;
}

type Client = ReturnType<typeof createClient<paths>>;

async function keep_orders(client: Client, done: string[]): Promise<void> {
  const customer: Customer = { name: "Ann", address: { city: "Rome" } };
  const order: Order = { customer, lines: [{ article: "salt", amount: 2 }], note: "urgent" };

  const created = sure(await client.POST("/v1/collections/orders/records", { body: order }));
  const path = { record: created.id };
  done.push(`created version ${created.version} for ${created.customer.name}`);

  const read = sure(
    await client.GET("/v1/collections/orders/records/{record}", { params: { path } }),
  );
  done.push(`read ${read.lines[0]?.article}`);

  const listed = sure(
    await client.GET("/v1/collections/orders/records", {
      params: { query: { filter: 'state = "open"', limit: 10, count: true } },
    }),
  );
  done.push(`listed ${listed.count}, next ${listed.next}`);

  const found = sure(
    await client.GET("/v1/collections/orders/records", { params: { query: { q: "urg*" } } }),
  );
  done.push(`found ${found.records[0]?.note}`);

  const patched = sure(
    await client.PATCH("/v1/collections/orders/records/{record}", {
      params: { path },
      body: { state: "paid", note: null },
    }),
  );
  done.push(`patched to ${patched.state}`);

  const removed = await client.DELETE("/v1/collections/orders/records/{record}", {
    params: { path },
  });
  done.push(`deleted ${removed.response.status}`);

  const wrong = await client.POST("/v1/collections/orders/records", {
    body: { ...order, state: "lost" as "paid" },
  });
  done.push(`refused ${wrong.error?.code} at ${wrong.error?.errors?.[0]?.pointer}`);
}

async function run_jobs(client: Client, done: string[]): Promise<void> {
  const { ids } = sure(
    await client.POST("/v1/queues/{queue}/jobs", {
      params: { path: { queue: "reports" } },
      body: { payload: { month: "May" }, tags: ["typed"] },
    }),
  );
  const job = sure(
    await client.GET("/v1/jobs/{job}", { params: { path: { job: ids[0] ?? "" } } }),
  );
  done.push(`job ${job.state} ${JSON.stringify(job.payload)} ${job.options.max_attempts}`);

  const { jobs } = sure(
    await client.GET("/v1/jobs", { params: { query: { queue: "reports", tag: "typed" } } }),
  );
  done.push(`jobs ${jobs.map((x) => x.state).join(" ")}`);

  const cancelled = await client.POST("/v1/jobs/{job}:cancel", {
    params: { path: { job: job.id } },
  });
  done.push(`cancelled ${cancelled.response.status}`);

  const missing = await client.GET("/v1/jobs/{job}", { params: { path: { job: "77" } } });
  done.push(`missing ${missing.error?.code}`);
}

export async function run(baseUrl: string): Promise<string[]> {
  const client = createClient<paths>({ baseUrl });
  const done: string[] = [];
  await keep_orders(client, done);
  await run_jobs(client, done);

  // Of a collection without a schema any member may be written and read.
  const thing = sure(
    await client.POST("/v1/collections/things/records", { body: { colour: "red", size: 3 } }),
  );
  done.push(`thing ${thing["colour"]}`);
  return done;
}
