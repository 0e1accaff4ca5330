/** Saved views: filters with a name, kept in this browser for each person who signs in here. */

import { addressText, readAddress } from "./address.ts";
import type { Filter } from "./order.ts";

export interface View {
  name: string;
  /** As the address has the filters. */
  query: string;
}

/** A menu is read at a glance. */
export const MOST_VIEWS = 20;
export const LONGEST_NAME = 40;

type Store = Pick<Storage, "getItem" | "setItem">;

const key = (person: string) => `tonewatch.views.${person}`;

const isView = (found: unknown): found is View =>
  typeof found === "object" && found !== null && typeof (found as View).name === "string" && typeof (found as View).query === "string";

/** What is no list of views, of another release or of somebody's hand, counts as none. */
export function viewsOf(person: string, store: Store): View[] {
  try {
    const found: unknown = JSON.parse(store.getItem(key(person)) ?? "[]");
    return Array.isArray(found) ? found.filter(isView).slice(0, MOST_VIEWS) : [];
  } catch {
    return [];
  }
}

/** With the view, in the order of names; one of the same name gives way, and of too many the last ones do. */
export function withView(views: readonly View[], name: string, filter: Filter): View[] {
  const view = { name: name.trim().slice(0, LONGEST_NAME), query: addressText({ call: "", alert: "", filter }) };
  if (!view.name) return [...views];
  const others = views.filter((one) => one.name !== view.name).slice(0, MOST_VIEWS - 1);
  return [...others, view].sort((a, b) => a.name.localeCompare(b.name));
}

export function filterOf({ query }: View): Filter {
  return readAddress(query.startsWith("?") ? query : "").filter;
}

/** Storage may be forbidden or full; views then last as long as the page. */
export function keepViews(person: string, views: readonly View[], store: Store): void {
  try {
    store.setItem(key(person), JSON.stringify(views));
  } catch {
    return;
  }
}
