// SPDX-License-Identifier: Apache-2.0
import { Store } from "./state/store";

/** Where the reader is: "#/jobs/7?state=dead" is path ["jobs", "7"], query state=dead. */
export interface Place {
  path: string[];
  query: URLSearchParams;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function place_of(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return {
    path: path.split("/").filter((x) => x !== "").map(decoded),
    query: new URLSearchParams(query),
  };
}

/** "#/jobs/7?state=dead"; parameters without a value are left out. */
export function link(path: string[], query: Record<string, string | undefined> = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) parameters.set(name, value);
  const text = parameters.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

export const place = new Store<Place>(place_of(location.hash));

window.addEventListener("hashchange", () => place.set(place_of(location.hash)));

export function go(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace) {
    history.replaceState(null, "", to);
    place.set(place_of(to));
  } else {
    location.hash = to;
  }
}
