import { expect, test } from "vitest";
import { EMPTY, receive } from "../src/board.ts";
import { busiest, callsWithoutHeld, withoutHeld } from "../src/heldBack.ts";
import { asksNow } from "../src/order.ts";
import { emptyView } from "../src/reduce.ts";
import type { CallView, LoadFrame, QueueLoad } from "../src/types.ts";
import { alertWith } from "./samples.ts";

const row = (fields: Partial<QueueLoad>): QueueLoad => ({ queue: "", alerts: 0, shown: 0, held: 0, supervisors: 1, per_supervisor: 0, budget: 0, ...fields });

const load = (...held: string[]): LoadFrame => ({ kind: "load", queues: [row({ queue: "billing", alerts: 3, shown: 1, held: held.length, budget: 1 })], held });

const call = (id: string): CallView => ({ ...emptyView(id), alerts: { [id]: alertWith({ alert_id: id, call_id: id }) } });

test("what is held back is not on the board, and its row is drawn again only when that changes", () => {
  const view = call("a");
  const held = new Set(["a"]);
  expect(asksNow(view)).toBe(true);
  expect(asksNow(withoutHeld(view, held))).toBe(false);
  expect(withoutHeld(view, held)).toBe(withoutHeld(view, held));
  expect(withoutHeld(view, new Set(["b"]))).toBe(view);
  expect(Object.keys(view.alerts)).toEqual(["a"]);
  const calls = new Map([["a", view]]);
  expect(callsWithoutHeld(calls, new Set())).toBe(calls);
});

test("an alert that is held back is not announced, until it is let through", () => {
  const fired = alertWith({ alert_id: "a", call_id: "a" });
  let board = receive(EMPTY, load("a"), 0);
  board = receive(board, { kind: "event", id: "1-0", event: fired }, 0);
  expect(board.announced).toEqual([]);
  const same = receive(board, load("a"), 0);
  expect(same.held).toBe(board.held);
  expect(receive(same, load(), 0).announced.map((alert) => alert.alert_id)).toEqual(["a"]);
});

test("the busiest queue is the one in which a supervisor has most to look at", () => {
  expect(busiest([])).toBeNull();
  expect(busiest([row({ queue: "quiet", alerts: 2 })])).toBeNull();
  expect(busiest([row({ queue: "many", shown: 6, supervisors: 3, per_supervisor: 2 }), row({ queue: "few", shown: 4, per_supervisor: 4 })])?.queue).toBe("few");
});
