/** What the address says of the page: the call and the alert that are open, and the filters. A link to it shows the same. */

import { NO_FILTER, type Filter, type Show } from "./order.ts";

export interface Address {
  /** Empty where none is open. */
  call: string;
  /** The chosen alert of the call; empty where none is chosen. */
  alert: string;
  filter: Filter;
  /** As a screen on a wall is to show it. */
  wall: boolean;
}

const SHOWS: readonly string[] = ["all", "alerts", "live", "ended"] satisfies Show[];

/** Of `location.search`; what it does not say, or says wrongly, is as at first. */
export function readAddress(search: string): Address {
  const said = new URLSearchParams(search);
  const show = said.get("show") ?? "";
  return {
    call: said.get("call") ?? "",
    alert: said.get("alert") ?? "",
    filter: {
      show: SHOWS.includes(show) ? (show as Show) : NO_FILTER.show,
      queue: said.get("queue") ?? "",
      team: said.get("team") ?? "",
      agent: said.get("agent") ?? "",
      search: said.get("search") ?? "",
      pending: said.get("pending") === "1",
      held: said.get("held") === "1",
    },
    wall: said.get("wall") === "1",
  };
}

/** From the page's own place: "?call=...", or "./" where there is nothing to say. */
export function addressText({ call, alert, filter, wall = false }: Omit<Address, "wall"> & { wall?: boolean }): string {
  const said = new URLSearchParams();
  if (call) said.set("call", call);
  if (call && alert) said.set("alert", alert);
  if (filter.show !== NO_FILTER.show) said.set("show", filter.show);
  if (filter.queue) said.set("queue", filter.queue);
  if (filter.team) said.set("team", filter.team);
  if (filter.agent) said.set("agent", filter.agent);
  if (filter.search) said.set("search", filter.search);
  if (filter.pending) said.set("pending", "1");
  if (filter.held) said.set("held", "1");
  if (wall) said.set("wall", "1");
  const text = said.toString();
  return text ? `?${text}` : "./";
}
