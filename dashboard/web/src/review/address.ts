/** What the address says of the desk: the filter and the open moment. A link to it shows the same. */

export interface Wanted {
  /** Days as `YYYY-MM-DD` in the viewer's zone, both inclusive; empty where not bounded. */
  from: string;
  until: string;
  queue: string;
  team: string;
  agent: string;
  rule: string;
  severity: string;
  unreviewed: "" | "me" | "anybody";
  q: string;
  /** What the list shows: moments, or the calls of the sample without any. */
  list: "" | "quiet";
  /** The open call; empty where none is. */
  call: string;
  /** The open moment; empty where none is. */
  alert: string;
}

export const NOTHING_WANTED: Wanted = { from: "", until: "", queue: "", team: "", agent: "", rule: "", severity: "", unreviewed: "", q: "", list: "", call: "", alert: "" };

const DAY = /^\d{4}-\d\d-\d\d$/;

/** Of `location.search`; what it says wrongly is left out. */
export function readAddress(search: string): Wanted {
  const said = new URLSearchParams(search);
  const found = { ...NOTHING_WANTED };
  for (const name of Object.keys(found) as (keyof Wanted)[]) found[name] = (said.get(name) ?? "") as never;
  if (!["", "me", "anybody"].includes(found.unreviewed)) found.unreviewed = "";
  if (!["", "quiet"].includes(found.list)) found.list = "";
  for (const name of ["from", "until"] as const) if (!DAY.test(found[name])) found[name] = "";
  return found;
}

/** "?queue=...", or "./" where there is nothing to say. */
export function addressText(wanted: Wanted): string {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) if (value) said.set(name, value);
  const text = said.toString();
  return text ? `?${text}` : "./";
}

/** The API's query for the same moments; days begin and end at midnight of the viewer. */
export function queryText(wanted: Wanted, cursor = ""): string {
  const said = new URLSearchParams();
  for (const name of ["queue", "team", "agent", "rule", "severity", "unreviewed", "q"] as const) if (wanted[name]) said.set(name, wanted[name]);
  if (wanted.from) said.set("from_ms", String(midnight(wanted.from, 0)));
  if (wanted.until) said.set("until_ms", String(midnight(wanted.until, 1)));
  if (cursor) said.set("cursor", cursor);
  return said.toString();
}

function midnight(day: string, daysLater: number): number {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  return new Date(year, month - 1, date + daysLater).getTime();
}

export function hasFilter(wanted: Wanted): boolean {
  return addressText({ ...wanted, list: "", call: "", alert: "" }) !== "./";
}
