// SPDX-License-Identifier: Apache-2.0
import { create } from "./api.js";

/** From a file to a record. */

const edge_max = 1600; // pixels
const bytes_max = 270_000; // a record takes 384 KiB, and base64 makes four bytes of three
const at_once = 3;

const sent_as_they_are = ["image/jpeg", "image/png", "image/webp", "image/gif"];

async function draw(bitmap, scale, quality) {
  const canvas = new OffscreenCanvas(Math.max(1, bitmap.width * scale), Math.max(1, bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "white"; // a JPEG has no holes
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/jpeg", quality });
}

/** The picture, small enough to be part of a record. */
async function shrink(file) {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) {
    // The worker knows formats that browsers do not, and says what is wrong with the others.
    if (file.size <= bytes_max) return file;
    throw new Error("This browser cannot read it, and it is too large to be sent as it is.");
  }
  try {
    let scale = Math.min(1, edge_max / Math.max(bitmap.width, bitmap.height));
    if (scale === 1 && file.size <= bytes_max && sent_as_they_are.includes(file.type)) return file;
    for (let quality = 0.85; ; quality = Math.max(0.6, quality - 0.1)) {
      const made = await draw(bitmap, scale, quality);
      if (made.size <= bytes_max) return made;
      if (quality === 0.6) scale *= 0.8;
    }
  } finally {
    bitmap.close();
  }
}

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(new Error("The file cannot be read any more."));
    reader.readAsDataURL(blob);
  });
}

/** "IMG_0815-2.jpg" is "IMG 0815 2". */
const title_of = (name) => name.replace(/\.[^.]*$/, "").split(/[\s_-]+/).filter(Boolean).join(" ").slice(0, 200) || "Untitled";

/** A photo that exists on this page only, until it is sent. */
export const new_photo = (file) => ({
  id: crypto.randomUUID(),
  version: 0,
  title: title_of(file.name),
  tags: [],
  size: file.size,
  file,
  local: URL.createObjectURL(file),
  state: "new",
  sending: { step: "waiting" },
  created_at: new Date().toISOString(),
});

const waiting = [];
let running = 0;

/** Sends a photo when it is its turn; `tell` hears how far it is, as changes of the photo. */
export function send(photo, tell) {
  waiting.push([photo, tell]);
  next();
}

async function next() {
  if (running === at_once || waiting.length === 0) return;
  ++running;
  const [photo, tell] = waiting.shift();
  const step = (step, more) => tell({ sending: { step, ...more } });
  try {
    step("preparing");
    const picture = await base64(await shrink(photo.file));
    const { id, version, title, tags, size } = photo;
    step("sending", { sent: 0 });
    // Apart, so that whoever follows the photos is not sent the pictures. In this order, so that the
    // job that the second one enqueues finds the first.
    if (version === 0) await create("photos", { id, title, tags, size, state: "new" }, `photo-${id}`);
    await create("uploads", { id, picture }, `upload-${id}`, (sent) => step("sending", { sent }));
    tell({ sending: null, file: null });
  } catch (why) {
    step("failed", { problem: why.message });
  }
  --running;
  void next();
}
