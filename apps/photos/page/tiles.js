// SPDX-License-Identifier: Apache-2.0
/** The photos as they are shown. */

/** Makes an element; what is no attribute is a child. */
export function element(name, attributes = {}, ...children) {
  const x = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith("on")) x.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) x.setAttribute(key, value === true ? "" : value);
  x.append(...children.filter(Boolean));
  return x;
}

const patience_ms = 30_000;

/** What a photo waits for, and whether somebody should do something about it. Null: nothing. */
function status_of(photo) {
  if (photo.state === "ready") return null;
  if (photo.state === "failed") return { text: `No thumbnail: ${photo.problem}`, wrong: true };
  const { step, sent, problem } = photo.sending ?? {};
  if (step === "failed") return { text: `Not sent: ${problem}`, wrong: true };
  if (step === "sending") return { text: `Sending, ${Math.round(sent * 100)} %`, share: sent };
  if (step) return { text: step === "waiting" ? "Waiting for its turn" : "Getting smaller" };
  const late = Date.now() - Date.parse(photo.updated_at ?? photo.created_at) > patience_ms;
  return { text: late ? "Still waiting for its thumbnail" : "Thumbnail is being made", wrong: late };
}

/** The image; `shown` is the one that is there, which would flicker if it were made anew. */
function image_in(photo, shown) {
  const src = photo.thumbnail ? `data:image/jpeg;base64,${photo.thumbnail}` : photo.local;
  if (!src) return null;
  if (shown?.getAttribute("src") === src) return shown;
  const image = element("img", { src, alt: "", draggable: "false" });
  image.onerror = () => image.remove(); // the words beside it say why
  return image;
}

const progress_of = (status) =>
  status?.share === undefined ? null : element("progress", { value: status.share, "aria-hidden": "true" });

/**
 * The album as a list of tiles. `act` has what can be done with a photo: `open`, `again`, `remove`.
 */
export class Tiles {
  constructor(list, act) {
    this.list = list;
    this.act = act;
    this.tiles = new Map(); // by id
  }

  /** Shows a photo, or shows it anew; `before`: the id of the photo that it comes before. */
  show(photo, before) {
    const shown = this.tiles.get(photo.id);
    const fresh = this.make(photo, shown?.querySelector("img"));
    this.tiles.set(photo.id, fresh);
    if (!shown) return this.list.insertBefore(fresh, this.tiles.get(before) ?? null);
    const focused = [...shown.querySelectorAll("button")].indexOf(document.activeElement);
    shown.replaceWith(fresh);
    fresh.querySelectorAll("button")[focused]?.focus();
  }

  make(photo, image) {
    const status = status_of(photo);
    const button = (does, label, more, ...children) =>
      element("button", { type: "button", "aria-label": label, onclick: () => this.act[does](photo.id), ...more }, ...children);
    return element(
      "li",
      { "data-id": photo.id, "data-state": status?.wrong ? "wrong" : status ? "busy" : "ready" },
      button("open", `Open ${photo.title}`, { class: "picture", disabled: photo.version === 0 },
        image_in(photo, image), progress_of(status)),
      element("h2", {}, photo.title),
      photo.tags.length > 0 && element("p", { class: "tags" }, photo.tags.join(", ")),
      status && element("p", { class: "status" }, status.text),
      status?.wrong && element("p", { class: "buttons" },
        button("again", `Try again: ${photo.title}`, {}, "Try again"),
        button("remove", `Delete ${photo.title}`, { class: "danger" }, "Delete")),
    );
  }

  remove(id) {
    this.tiles.get(id)?.remove();
    this.tiles.delete(id);
  }

  clear() {
    this.list.replaceChildren();
    this.tiles.clear();
  }

  focus(id) {
    (this.tiles.get(id)?.querySelector("button") ?? this.list).focus();
  }
}
