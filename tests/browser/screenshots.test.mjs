// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { Cluster, overviews } from "./cluster.mjs";

// Writes docs/screenshots/*.png when asked to. They are kept with a palette of 256 colours:
// vips pngsave IN OUT --palette.
const folder = process.env.SCREENSHOTS;

let cluster;
before(async () => {
  if (folder) cluster = await Cluster.start();
});
after(() => cluster?.stop());

const recipes = [
  ["Rye bread", "Rye flour, water, salt, sourdough.", 5, ["bread", "slow"]],
  ["Lentil soup", "Red lentils, carrots, cumin, lemon.", 4, ["soup"]],
  ["Plum cake", "Plums, butter, eggs, flour, cinnamon.", 5, ["cake", "autumn"]],
  ["Beans <with> salt & pepper", "White beans, sage, olive oil.", 3, ["quick"]],
  ["Pickled radish", "Radish, vinegar, sugar, salt.", 4, ["quick", "jar"]],
];

/** A cluster that has something to show: work, failures, a lost worker, records that are read. */
async function live_a_little() {
  const notes = [];
  for (const [title, body, stars, tags] of recipes)
    notes.push(await cluster.create_note({ title, body, stars, tags, done: stars > 4 }));
  for (const number of [4711, 4712])
    await cluster.enqueue(
      "invoices",
      { number, customer: "Miller & Sons" },
      { tags: ["customer:miller", `invoice:${number}`] },
      { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" },
    );
  const report = await cluster.enqueue("reports", { month: "2026-10", format: "pdf" }, { tags: ["monthly"] });
  await cluster.enqueue("reports", { month: "2026-11", format: "pdf" }, { tags: ["monthly"] });
  await cluster.request("POST", "/v1/queues/mail/jobs", { payload: { to: "all" }, delay_ms: 3_600_000 });
  let busy = true;
  const work = (async () => {
    for (let i = 0; busy; ++i) {
      const jobs = Array.from({ length: 2 + Math.round(6 + 6 * Math.sin(i / 14)) }, (_, n) => ({
        payload: { to: `reader-${n}` },
        tags: [n % 3 === 0 ? "welcome" : "newsletter", `reader:${n}`],
      }));
      await cluster.request("POST", "/v1/queues/mail/jobs", { jobs });
      for (const [n, note] of notes.entries())
        if (i % (n + 1) === 0) await cluster.get(`/v1/collections/notes/records/${note.id}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();
  return {
    notes,
    report,
    rest: async () => {
      busy = false;
      await work.catch(() => {});
    },
  };
}

test("screenshots of every page", { skip: !folder && "TROUPE_WRITE_SCREENSHOTS is not set" }, async (t) => {
  mkdirSync(folder, { recursive: true });
  const overview = await cluster.open("overview");
  const dark = await cluster.open("overview", { colorScheme: "dark" });
  const { notes, report, rest } = await live_a_little();
  t.after(rest);
  const write = (page, name) => page.screenshot({ path: `${folder}/${name}.png` });

  await overviews(overview, 25);
  const { nodes } = await cluster.get("/v1/nodes");
  const { node } = await cluster.job_in(report, "running");
  const workers = await cluster.open("nodes");
  await workers.locator(`[data-worker=${node}]`).getByText("alive").waitFor();
  process.kill(nodes.find((x) => x.name === node).pid, "SIGKILL");
  await workers.getByText("last seen").waitFor();
  await write(workers, "workers");
  await overview.getByText(`Worker ${node} has joined`).waitFor();
  await overviews(overview, 8);
  await write(overview, "overview");
  await write(dark, "overview-dark");

  const dead = (await cluster.get("/v1/jobs?state=dead&limit=1")).jobs[0];
  const pages = {
    queues: "queues",
    jobs: "jobs",
    job: `jobs/${dead.id}`,
    "dead-letters": "dead",
    collections: "collections",
    records: "collections/notes",
    record: `collections/notes/records/${notes[2].id}`,
    cache: "caches",
  };
  for (const [name, path] of Object.entries(pages)) {
    const page = await cluster.open(path);
    await page.locator("main :is(table, form)").first().waitFor();
    if (name === "cache") await overviews(page, 12);
    await write(page, name);
    await page.close();
  }
  for (const [name, path] of [["phone", "overview"], ["phone-jobs", "jobs?queue=invoices"]]) {
    const phone = await cluster.open(path, { viewport: { width: 375, height: 780 }, colorScheme: "dark" });
    await phone.locator("main :is(.figures, table)").first().waitFor();
    await overviews(phone, 12);
    await write(phone, name);
    await phone.close();
  }
});
