// SPDX-License-Identifier: Apache-2.0
import { about, follow, get, patch, record_path, records_path, request } from "./api.js";
import { Tiles, element } from "./tiles.js";
import { new_photo, send } from "./upload.js";
import { Viewer } from "./viewer.js";

const find = (selector) => document.querySelector(selector);
const page_photos = 60;

const photos = new Map(); // by id, in the order in which they are shown
const removed = new Set(); // ids of those that were deleted while this page was open
let cursor = null; // of the photos after those that are shown
let words = new URLSearchParams(location.search).get("q") ?? "";
let round = 0; // of lists that were asked for

// -- photos --------------------------------------------------------------------------------------

const tiles = new Tiles(find("#album"), {
  open: (id) => viewer.open(id),
  again: (id) => try_again(photos.get(id)),
  remove: (id) => {
    if (photos.get(id).version === 0) return remove(id).catch(complain);
    viewer.open(id);
    viewer.ask_to_remove();
  },
});

const viewer = new Viewer(find("#viewer"), {
  photo_of: (id) => photos.get(id),
  step: (id, by) => {
    const ids = [...photos.values()].filter((x) => x.version > 0).map((x) => x.id);
    return ids[ids.indexOf(id) + by];
  },
  remove: (id) => remove(id),
  changed: (record) => take(record),
  closed: (id) => tiles.focus(id),
});

/** Shows a record as it was read or told of, unless something newer is known. */
function take(record, first = false) {
  const known = photos.get(record.id);
  if (removed.has(record.id) || known?.version > record.version) return;
  const photo = { problem: undefined, ...known, ...record };
  if (record.state !== "failed") photo.problem = undefined;
  if (photo.thumbnail && photo.local && photo.state === "ready") {
    URL.revokeObjectURL(photo.local);
    photo.local = undefined;
  }
  put(photo, first);
  if (known?.version > 0) viewer.hear(photo);
}

function put(photo, first = false) {
  const top = photos.keys().next().value;
  if (first && !photos.has(photo.id)) {
    const others = [...photos];
    photos.clear();
    photos.set(photo.id, photo);
    for (const [id, x] of others) photos.set(id, x);
    tiles.show(photo, top);
  } else {
    photos.set(photo.id, photo);
    tiles.show(photo);
  }
  show_whether_empty();
}

function forget(id) {
  removed.add(id);
  viewer.gone(id);
  photos.delete(id);
  tiles.remove(id);
  show_whether_empty();
}

async function remove(id) {
  const gone = (why) => {
    if (why.status !== 404) throw why;
  };
  await request("DELETE", record_path("photos", id)).catch(gone);
  await request("DELETE", record_path("uploads", id)).catch(gone);
  forget(id);
}

/** Sends a photo again, or has one that was sent looked at again. */
async function try_again(photo) {
  if (photo.file) return start_sending(photo.id);
  try {
    take(await patch(record_path("photos", photo.id), { state: "new", problem: null }));
    // Whoever writes an upload has a job look at it.
    await patch(record_path("uploads", photo.id), { asked_at: new Date().toISOString() });
  } catch (why) {
    if (why.status !== 404) return complain(why);
    const problem = "the picture never arrived; delete it, and add it again";
    take(await patch(record_path("photos", photo.id), { state: "failed", problem }));
  }
}

// -- adding --------------------------------------------------------------------------------------

const start_sending = (id) =>
  send(photos.get(id), (change) => {
    if (!photos.has(id)) return;
    put({ ...photos.get(id), ...change });
  });

function add(files) {
  for (const file of files) {
    if (file.type !== "" && !file.type.startsWith("image/")) {
      complain(new Error(`${file.name} is no picture.`));
      continue;
    }
    const photo = new_photo(file);
    put(photo, true);
    start_sending(photo.id);
  }
}

function listen_to_files() {
  const chooser = find("#files");
  const drop = find("#drop");
  chooser.onchange = () => {
    add(chooser.files);
    chooser.value = "";
  };
  const has_files = (e) => e.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (e) => {
    if (!has_files(e)) return;
    e.preventDefault();
    drop.hidden = false;
  });
  addEventListener("dragleave", (e) => (drop.hidden ||= e.relatedTarget === null));
  addEventListener("drop", (e) => {
    drop.hidden = true;
    if (!has_files(e)) return;
    e.preventDefault();
    add(e.dataTransfer.files);
  });
  addEventListener("paste", (e) => add(e.clipboardData?.files ?? []));
}

// -- the list, and what happens to it ------------------------------------------------------------

/** What was typed finds words that begin so; but whoever knows the language of searches may use it. */
const query_of = (text) => (/^[\p{L}\p{N} ]+$/u.test(text) ? text.trim().split(/ +/).map((x) => `${x}*`).join(" ") : text);

/** Reads a page of the list, and returns the sequence number that it is as of. */
async function read_list(from = "") {
  const mine = ++round;
  const query = new URLSearchParams({ limit: page_photos });
  if (words.trim() !== "") query.set("q", query_of(words));
  else query.set("sort", "-created_at");
  if (from) query.set("cursor", from);
  const list = await get(`${records_path("photos")}?${query}`);
  if (mine !== round) return list.sequence; // another search has been asked for since
  if (!from) {
    const unsent = [...photos.values()].filter((x) => x.version === 0);
    photos.clear();
    tiles.clear();
    for (const photo of unsent) put(photo);
  }
  for (const record of list.records) take(record);
  cursor = list.next;
  find("#more").hidden = cursor === null;
  show_whether_empty();
  return list.sequence;
}

function show_whether_empty() {
  const text = words === "" ? "No photos yet. Drop some anywhere on this page." : `Nothing is found for “${words}”.`;
  find("#empty").textContent = text;
  find("#empty").hidden = photos.size > 0;
}

const search_again = later(300, () => read_list().catch(complain));

function hear({ change, record }) {
  if (change === "deleted") return forget(record.id);
  const known = photos.get(record.id);
  if (record.state === "ready" && known?.state !== "ready") announce(record.title);
  if (known) take(record);
  else if (words !== "") search_again();
  else if (change === "created") take(record, true);
}

async function start() {
  try {
    follow("photos", await read_list(), {
      told: hear,
      state: (live) => {
        find("#connection").textContent = live ? "live" : "connecting";
        find("#connection").classList.toggle("live", live);
      },
      lost: start,
    });
  } catch (why) {
    if (why.status === 401) return;
    complain(why);
    setTimeout(start, about(3000));
  }
}

// -- words ---------------------------------------------------------------------------------------

/** Runs once, when nobody has called for some time. */
function later(ms, run) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, ms);
  };
}

function complain(why) {
  const message = element("p", {}, why.message, element("button", { type: "button", "aria-label": "Close this message", onclick: () => message.remove() }, "×"));
  find("#messages").append(message);
  setTimeout(() => message.remove(), 10_000);
}

let arrived = [];
const tell_arrivals = later(1000, () => {
  find("#arrivals").textContent = arrived.length === 1 ? `The thumbnail of ${arrived[0]} is there` : `${arrived.length} thumbnails are there`;
  arrived = [];
});

function announce(title) {
  arrived.push(title);
  tell_arrivals();
}

function listen_to_words() {
  const search = find("#search");
  const field = search.elements.q;
  field.value = words;
  search.onsubmit = (e) => e.preventDefault();
  find("#more").onclick = () => read_list(cursor).catch(complain);
  field.oninput = () => {
    words = field.value.trim();
    history.replaceState(null, "", words === "" ? location.pathname : `?${new URLSearchParams({ q: words })}`);
    search_again();
  };
  addEventListener("keydown", (e) => {
    if (e.key !== "/" || e.target.matches("input, textarea")) return;
    e.preventDefault();
    field.focus();
  });
}

// -- who is there --------------------------------------------------------------------------------

function listen_to_tokens() {
  const dialog = find("#sign-in");
  const form = dialog.querySelector("form");
  dialog.oncancel = (e) => e.preventDefault();
  addEventListener("signed-out", () => dialog.open || dialog.showModal());
  form.onsubmit = async (e) => {
    e.preventDefault();
    const headers = { Authorization: `Bearer ${form.elements.token.value.trim()}` };
    try {
      await request("POST", "/v1/session", { headers });
      location.reload();
    } catch (why) {
      form.querySelector(".note").textContent = why.status === 401 ? "No such token is known here." : why.message;
    }
  };
  find("#sign-out").onclick = async () => {
    await request("DELETE", "/v1/session");
    location.reload();
  };
}

async function main() {
  listen_to_tokens();
  listen_to_words();
  listen_to_files();
  // What waits for too long says so, although nothing happens to it.
  setInterval(() => [...photos.values()].forEach((x) => x.state === "new" && !x.sending && tiles.show(x)), 10_000);
  const session = await get("/v1/session").catch(() => ({ auth: false, authenticated: true }));
  find("#sign-out").hidden = !(session.auth && session.authenticated);
  if (session.authenticated) await start();
  else dispatchEvent(new Event("signed-out"));
}

await main();
