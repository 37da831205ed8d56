// SPDX-License-Identifier: Apache-2.0
import { Problem, get, patch, record_path } from "./api.js";

/** One photo, large, to be looked at and edited. */

// The first letter of base64 tells the formats apart.
const types = { "/": "jpeg", i: "png", U: "webp", R: "gif" };
const url_of = (picture) => `data:image/${types[picture[0]] ?? "tiff"};base64,${picture}`;

const tags_in = (text) => [...new Set(text.split(",").map((x) => x.trim()).filter(Boolean))];

const time = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const facts_of = (photo) =>
  [
    time.format(new Date(photo.created_at)),
    photo.width && `${photo.width} × ${photo.height} pixels`,
    photo.size && `${Math.ceil(photo.size / 1024).toLocaleString("en")} KiB`,
    photo.problem,
  ].filter(Boolean).join(" · ");

export class Viewer {
  /**
   * `photo_of(id)` knows the photos, `step(id, by)` the id of the next one or the one before;
   * `remove(id)` deletes one; `changed(record)` hears what was saved.
   */
  constructor(dialog, { photo_of, step, remove, changed, closed }) {
    Object.assign(this, { dialog, photo_of, step, remove, changed });
    this.image = dialog.querySelector("img");
    this.form = dialog.querySelector("form");
    this.note = dialog.querySelector(".note");
    const { previous, next, remove: removal, close } = this.form.elements;
    previous.onclick = () => this.go(-1);
    next.onclick = () => this.go(1);
    removal.onclick = () => this.ask_to_remove();
    close.onclick = () => dialog.close();
    dialog.onclose = () => closed(this.id);
    dialog.onkeydown = (e) => {
      if (e.target.tagName !== "INPUT" && e.key === "ArrowLeft") this.go(-1);
      if (e.target.tagName !== "INPUT" && e.key === "ArrowRight") this.go(1);
    };
    this.form.onsubmit = (e) => {
      e.preventDefault();
      void this.save();
    };
  }

  open(id) {
    this.id = id;
    this.fill();
    if (!this.dialog.open) this.dialog.showModal();
    void this.load_picture(id);
  }

  go(by) {
    const id = this.step(this.id, by);
    if (id) this.open(id);
  }

  /** Shows what is known of the photo; what somebody typed is lost. */
  fill() {
    const photo = this.photo_of(this.id);
    const { title, tags, previous, next } = this.form.elements;
    this.known = photo;
    title.value = photo.title;
    tags.value = photo.tags.join(", ");
    previous.disabled = !this.step(this.id, -1);
    next.disabled = !this.step(this.id, 1);
    this.say("");
    this.show(photo);
  }

  show(photo) {
    this.dialog.querySelector(".facts").textContent = facts_of(photo);
    this.image.alt = photo.title;
  }

  async load_picture(id) {
    const photo = this.photo_of(id);
    const small = photo.thumbnail ? url_of(photo.thumbnail) : photo.local;
    small ? this.image.setAttribute("src", small) : this.image.removeAttribute("src");
    try {
      const { picture } = await get(record_path("uploads", id));
      if (this.id === id && this.dialog.open) this.image.src = url_of(picture);
    } catch (why) {
      if (this.id === id && !small) this.say(`The picture is not there: ${why.message}`);
    }
  }

  /** The feed tells that the photo is another by now. */
  hear(photo) {
    if (!this.dialog.open || photo.id !== this.id) return;
    const { title, tags } = this.form.elements;
    const same = (x, y) => x.title === y.title && x.tags.join() === y.tags.join();
    const untouched = title.value === this.known.title && tags_in(tags.value).join() === this.known.tags.join();
    if (same(photo, this.known)) {
      this.known = photo; // e.g. its thumbnail came in
      this.show(photo);
    } else if (untouched) this.fill();
    else this.tell_of_conflict();
  }

  gone(id) {
    if (id === this.id) this.dialog.close();
  }

  async save() {
    const { title, tags } = this.form.elements;
    const change = { title: title.value.trim(), tags: tags_in(tags.value) };
    try {
      const saved = await patch(record_path("photos", this.id), change, this.known.version);
      this.known = saved;
      this.changed(saved);
      this.fill();
      this.say("Saved.");
    } catch (why) {
      if (why instanceof Problem && why.status === 412) this.tell_of_conflict();
      else this.say(`Not saved: ${why.message}`);
    }
  }

  tell_of_conflict() {
    const reload = async () => {
      this.changed(await get(record_path("photos", this.id)));
      this.fill();
    };
    this.say("Somebody else has changed this photo.", "Show theirs", () => reload().catch((why) => this.say(why.message)));
  }

  ask_to_remove() {
    this.say("This cannot be undone.", "Yes, delete it", () => this.remove(this.id).catch((why) => this.say(`Not deleted: ${why.message}`)));
  }

  say(text, label, run) {
    this.note.textContent = text;
    if (!label) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.onclick = run;
    this.note.append(" ", button);
    button.focus();
  }
}
