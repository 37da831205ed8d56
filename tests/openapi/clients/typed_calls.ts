// SPDX-License-Identifier: Apache-2.0
// What a program writes with the functions that hey-api makes.
import {
  cancelJob,
  createRecordOfOrders,
  createRecordOfThings,
  deleteRecordOfOrders,
  enqueueJobs,
  getJob,
  getRecordOfOrders,
  listJobs,
  listRecordsOfOrders,
  patchRecordOfOrders,
} from "./generated/calls";
import type { OfOrdersFieldsCustomer, OfOrdersFieldsWritable } from "./generated/calls";
import { client } from "./generated/calls/client.gen";

const throwOnError = true;

async function keep_orders(done: string[]): Promise<void> {
  const customer: OfOrdersFieldsCustomer = { name: "Ann", address: { city: "Rome" } };
  const order: OfOrdersFieldsWritable = { customer, lines: [{ article: "salt", amount: 2 }], note: "urgent" };

  const created = (await createRecordOfOrders({ body: order, throwOnError })).data;
  const path = { record: created.id ?? "" };
  done.push(`created version ${created.version} for ${created.customer.name}`);

  const read = (await getRecordOfOrders({ path, throwOnError })).data;
  done.push(`read ${read.lines[0]?.article}`);

  const query = { filter: 'state = "open"', limit: 10, count: true };
  const listed = (await listRecordsOfOrders({ query, throwOnError })).data;
  done.push(`listed ${listed.count}, next ${listed.next}`);

  const found = (await listRecordsOfOrders({ query: { q: "urg*" }, throwOnError })).data;
  done.push(`found ${found.records[0]?.note}`);

  const body = { state: "paid" as const, note: null };
  const patched = (await patchRecordOfOrders({ path, body, throwOnError })).data;
  done.push(`patched to ${patched?.state}`);

  const removed = await deleteRecordOfOrders({ path });
  done.push(`deleted ${removed.response.status}`);

  const wrong = await createRecordOfOrders({ body: { ...order, state: "lost" as "paid" } });
  done.push(`refused ${wrong.error?.code} at ${wrong.error?.errors?.[0]?.pointer}`);
}

async function run_jobs(done: string[]): Promise<void> {
  const made = await enqueueJobs({
    path: { queue: "reports" },
    body: { payload: { month: "May" }, tags: ["typed"] },
    throwOnError,
  });
  const path = { job: made.data.ids[0] ?? "" };
  const job = (await getJob({ path, throwOnError })).data;
  done.push(`job ${job.state} ${JSON.stringify(job.payload)} ${job.options.max_attempts}`);

  const query = { queue: "reports", tag: "typed" };
  const { jobs } = (await listJobs({ query, throwOnError })).data;
  done.push(`jobs ${jobs.map((x) => x.state).join(" ")}`);

  const cancelled = await cancelJob({ path });
  done.push(`cancelled ${cancelled.response.status}`);

  const missing = await getJob({ path: { job: "77" } });
  done.push(`missing ${missing.error?.code}`);
}

export async function run(baseUrl: string): Promise<string[]> {
  client.setConfig({ baseUrl });
  const done: string[] = [];
  await keep_orders(done);
  await run_jobs(done);

  const thing = (await createRecordOfThings({ body: { colour: "red", size: 3 }, throwOnError })).data;
  done.push(`thing ${thing["colour"]}`);
  return done;
}
