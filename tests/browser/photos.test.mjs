// SPDX-License-Identifier: Apache-2.0
// The page of apps/photos: a real cluster as config/album.toml has it, and a real browser.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { eventually, free_port } from "./cluster.mjs";

const root = resolve(process.env.SOURCES, "../..");
const programs = dirname(process.env.TROUPE);

/** The album's cluster, on ports and in a folder of its own. */
class Album {
  static async start({ auth = false } = {}) {
    const x = new Album();
    x.folder = mkdtempSync(join(tmpdir(), "troupe-album-"));
    const port = await free_port();
    x.url = `http://127.0.0.1:${port}`;
    x.file = join(x.folder, "album.toml");
    const text = readFileSync(join(root, "config/album.toml"), "utf8")
      .replace("./var/album.db", join(x.folder, "album.db"))
      .replace('site = "../apps/photos/page"', `site = "${join(root, "apps/photos/page")}"\nauth = ${auth}`)
      .replaceAll("127.0.0.1:7441", `127.0.0.1:${await free_port()}`)
      .replaceAll("127.0.0.1:8090", `127.0.0.1:${port}`);
    writeFileSync(x.file, text);
    x.log = "";
    x.process = spawn(join(programs, "photos"), ["up", x.file], { cwd: x.folder });
    for (const stream of [x.process.stdout, x.process.stderr]) stream.on("data", (y) => (x.log += y));
    x.ended = new Promise((done) => x.process.on("exit", done));
    await eventually("the album is ready", async () => (await fetch(`${x.url}/readyz`).catch(() => null))?.ok).catch(async (e) => {
      await x.stop();
      throw new Error(`${e.message}\n${x.log}`);
    });
    return x;
  }

  async stop() {
    this.process.kill("SIGTERM");
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  async open(options = {}) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
    page.setDefaultTimeout(20_000);
    page.problems = [];
    page.on("pageerror", (e) => page.problems.push(e.message));
    page.on("dialog", (x) => {
      page.problems.push(`a script opened a dialog: ${x.message()}`);
      void x.dismiss();
    });
    await page.goto(`${this.url}/site/`);
    return page;
  }

  async change(id, fields) {
    const answer = await fetch(`${this.url}/v1/collections/photos/records/${id}`, {
      method: "PATCH",
      headers: { "Content-Type": "application/merge-patch+json" },
      body: JSON.stringify(fields),
    });
    assert.ok(answer.ok);
  }
}

let album;
let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  album = await Album.start();
});
after(async () => {
  await album?.stop();
  await browser?.close();
});

/** A drawing of hills, as a file. */
async function draw(page, name, { hue = 200, width = 1200, height = 800, type = "image/jpeg" } = {}) {
  const data = await page.evaluate(
    ([hue, width, height, type]) => {
      const canvas = new OffscreenCanvas(width, height);
      const x = canvas.getContext("2d");
      const sky = x.createLinearGradient(0, 0, 0, height);
      sky.addColorStop(0, `hsl(${hue} 60% 45%)`);
      sky.addColorStop(1, `hsl(${hue + 50} 70% 85%)`);
      x.fillStyle = sky;
      x.fillRect(0, 0, width, height);
      x.fillStyle = `hsl(${hue + 60} 90% 90%)`;
      x.beginPath();
      x.arc(width * (0.25 + (hue % 50) / 100), height * 0.3, height / 12, 0, 7);
      x.fill();
      for (let hill = 0; hill < 4; ++hill) {
        x.fillStyle = `hsl(${hue - 20 + 15 * hill} ${35 + 5 * hill}% ${40 - 9 * hill}%)`;
        x.beginPath();
        x.moveTo(0, height);
        for (let i = 0; i <= width; i += 8)
          x.lineTo(i, height * (0.5 + 0.12 * hill + 0.07 * Math.sin(i / (90 + 45 * hill) + hue * (hill + 1))));
        x.lineTo(width, height);
        x.fill();
      }
      return canvas.convertToBlob({ type }).then(
        (blob) =>
          new Promise((done) => {
            const reader = new FileReader();
            reader.onload = () => done(reader.result.split(",")[1]);
            reader.readAsDataURL(blob);
          }),
      );
    },
    [hue, width, height, type],
  );
  return { name, mimeType: type, buffer: Buffer.from(data, "base64") };
}

const choose = (page, ...files) => page.locator("#files").setInputFiles(files);

async function drop(page, file) {
  const dataTransfer = await page.evaluateHandle(
    ([name, type, data]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(data), (x) => x.charCodeAt(0))], name, { type }));
      return transfer;
    },
    [file.name, file.mimeType, file.buffer.toString("base64")],
  );
  await page.dispatchEvent("body", "dragover", { dataTransfer });
  await page.getByText("Drop them here").waitFor();
  await page.dispatchEvent("body", "drop", { dataTransfer });
}

const tile = (page, title) => page.locator("#album li", { has: page.getByRole("heading", { name: title, exact: true }) });
const thumbnail = (page, title) => tile(page, title).locator('xpath=self::*[@data-state="ready"]').locator('img[src^="data:image/jpeg"]');

const viewer = (page) => page.getByRole("dialog", { name: "Photo" });

/** A photo that was shown large is closed. */
const focus_is_back = (page, title) =>
  eventually("the focus is back", () => page.evaluate((x) => document.activeElement.ariaLabel === `Open ${x}`, title));

async function close(...pages) {
  for (const page of pages) {
    assert.deepEqual(page.problems, []);
    await page.close();
  }
}

test("a photo is uploaded and its thumbnail appears, here and on another page, without a reload", async () => {
  const [page, other] = [await album.open(), await album.open()];
  await other.getByText("No photos yet").waitFor();

  await choose(page, await draw(page, "Evening_lake-2.jpg", { hue: 20 }));

  await tile(page, "Evening lake 2").waitFor();
  await thumbnail(page, "Evening lake 2").waitFor();
  await thumbnail(other, "Evening lake 2").waitFor();
  const size = await thumbnail(other, "Evening lake 2").evaluate((x) => [x.naturalWidth, x.naturalHeight]);
  assert.deepEqual(size, [320, 213]);
  await page.getByText("The thumbnail of Evening lake 2 is there").waitFor({ state: "attached" });
  await page.reload();
  await thumbnail(page, "Evening lake 2").waitFor();
  await close(page, other);
});

test("photos are dropped on the page, and one that is too large is made smaller", async () => {
  const page = await album.open();
  const large = await draw(page, "Wide hills.png", { hue: 130, width: 4000, height: 1000, type: "image/png" });

  await drop(page, large);

  await thumbnail(page, "Wide hills").waitFor();
  await page.getByRole("button", { name: "Open Wide hills" }).click();
  await viewer(page).getByText("1600 × 400 pixels").waitFor();
  await eventually("the picture is there", () => viewer(page).locator("img").evaluate((x) => x.naturalWidth === 1600));
  await page.keyboard.press("Escape");
  await focus_is_back(page, "Wide hills");
  await close(page);
});

test("a search finds photos by words of their titles and tags", async () => {
  const page = await album.open();
  await choose(page, await draw(page, "Morning.jpg", { hue: 190 }), await draw(page, "Noon.jpg", { hue: 220 }));
  await thumbnail(page, "Morning").waitFor();
  await thumbnail(page, "Noon").waitFor();
  await page.getByRole("button", { name: "Open Noon" }).click();
  await viewer(page).getByLabel("Tags").fill("summer, meadow");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  await page.keyboard.press("Escape");
  await focus_is_back(page, "Noon");
  await tile(page, "Noon").getByText("summer, meadow").waitFor();

  await page.keyboard.press("/");
  await page.keyboard.type("mead");
  await tile(page, "Morning").waitFor({ state: "detached" });
  await tile(page, "Noon").waitFor();
  await page.reload();
  await tile(page, "Noon").waitFor();
  assert.equal(await page.locator("#album li").count(), 1);
  await page.getByRole("searchbox").fill("nothing like this");
  await page.getByText("Nothing is found for").waitFor();
  await close(page);
});

test("S2 a file that is no picture says so, can be tried again, and deleted", async () => {
  const page = await album.open();
  await choose(page, { name: "broken.jpg", mimeType: "image/jpeg", buffer: Buffer.from("<script>alert(1)</script>") });
  const broken = tile(page, "broken");
  await broken.getByText("No thumbnail: it is no JPEG").waitFor();

  await page.reload();
  await broken.getByText("No thumbnail: it is no JPEG").waitFor();
  const before_jobs = (await (await fetch(`${album.url}/v1/jobs?queue=uploads`)).json()).jobs.length;
  await broken.getByRole("button", { name: "Try again" }).click();
  await eventually("another job has looked at it", async () => {
    const { jobs } = await (await fetch(`${album.url}/v1/jobs?queue=uploads&state=succeeded`)).json();
    return jobs.length === before_jobs + 1;
  });
  await broken.getByText("No thumbnail: it is no JPEG").waitFor();

  await broken.getByRole("button", { name: "Delete broken" }).click();
  await page.getByRole("button", { name: "Yes, delete it" }).click();
  await broken.waitFor({ state: "detached" });
  await page.reload();
  await tile(page, "Morning").waitFor();
  assert.equal(await broken.count(), 0);
  await close(page);
});

test("S2 what is no image by its name is not sent, nor what is too large and unreadable", async () => {
  const page = await album.open();
  await choose(page, { name: "film.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(10) });
  await page.getByText("film.mp4 is no picture").waitFor();
  await choose(page, { name: "huge.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(1_000_000) });
  await tile(page, "huge").getByText("Not sent: This browser cannot read it").waitFor();
  await tile(page, "huge").getByRole("button", { name: "Delete huge" }).click();
  await tile(page, "huge").waitFor({ state: "detached" });
  await close(page);
});

test("an edit of what somebody else changed is refused, and theirs can be shown", async () => {
  const page = await album.open();
  await choose(page, await draw(page, "Shared.jpg", { hue: 90 }));
  await thumbnail(page, "Shared").waitFor();
  const id = await tile(page, "Shared").getAttribute("data-id");
  await page.getByRole("button", { name: "Open Shared" }).click();
  await viewer(page).getByLabel("Title").fill("Mine");

  await album.change(id, { title: "Theirs" });

  await page.getByText("Somebody else has changed this photo").waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Show theirs" }).click();
  await eventually("their title is there", async () => (await viewer(page).getByLabel("Title").inputValue()) === "Theirs");
  await close(page);
});

test("S2 HTML in titles and tags is shown as text", async () => {
  const page = await album.open();
  const html = '<img src=x onerror="alert(1)">';
  await choose(page, await draw(page, "Plain.jpg"));
  await thumbnail(page, "Plain").waitFor();
  await album.change(await tile(page, "Plain").getAttribute("data-id"), { title: html, tags: [html.slice(0, 50)] });
  await page.getByRole("heading", { name: html }).waitFor();
  assert.equal(await page.locator("h2 img, .tags img").count(), 0);
  await close(page);
});

test("the album fits a phone, and can be used without a mouse", async () => {
  const page = await album.open({ viewport: { width: 360, height: 740 } });
  await tile(page, "Morning").waitFor();
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360);
  await page.getByRole("button", { name: "Open Morning" }).focus();
  await page.keyboard.press("Enter");
  await viewer(page).getByLabel("Title").waitFor();
  assert.ok((await viewer(page).evaluate((x) => x.getBoundingClientRect().width)) <= 360);
  await close(page);
});

test("S1 where tokens are needed the album asks for one", async () => {
  const closed = await Album.start({ auth: true });
  try {
    const page = await closed.open();
    await page.getByText("This album wants a token").waitFor();
    const scopes = ["read", "write"].flatMap((x) => ["--scope", `records:${x}:photos`, "--scope", `records:${x}:uploads`]);
    const made = execFileSync(process.env.TROUPE, ["token", "create", "album", "--config", closed.file, ...scopes], { encoding: "utf8" });
    await page.getByLabel("Token").fill("troupe_wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("No such token is known here").waitFor();
    await page.getByLabel("Token").fill(made.match(/troupe_\S+/)[0]);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("No photos yet").waitFor();
    await choose(page, await draw(page, "Secret.jpg"));
    await thumbnail(page, "Secret").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("This album wants a token").waitFor();
    assert.equal(await page.locator("#album li").count(), 0);
    await close(page);
  } finally {
    await closed.stop();
  }
});

test("a screenshot of the album", { skip: !process.env.SCREENSHOTS && "TROUPE_WRITE_SCREENSHOTS is not set" }, async () => {
  const fresh = await Album.start();
  try {
    const page = await fresh.open();
    const names = ["Winter fjord", "Dunes at dusk", "First snow", "Above the valley", "Old vineyard", "Heath", "Late summer", "Blue hour"];
    for (const [i, name] of names.entries()) await choose(page, await draw(page, `${name}.jpg`, { hue: 10 + 43 * i }));
    for (const name of names) await thumbnail(page, name).waitFor();
    const tagged = { "Winter fjord": ["norway", "winter"], Heath: ["walks"], "Blue hour": ["walks", "evening"] };
    for (const [name, tags] of Object.entries(tagged)) await fresh.change(await tile(page, name).getAttribute("data-id"), { tags });
    await tile(page, "Winter fjord").getByText("norway").waitFor();
    await choose(page, { name: "notes.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no picture") });
    await tile(page, "notes").getByText("No thumbnail").waitFor();
    mkdirSync(process.env.SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(process.env.SCREENSHOTS, "photos.png") });
    await close(page);
  } finally {
    await fresh.stop();
  }
});
