import { expect, test } from "vitest";
import { emptyView } from "../src/reduce.ts";
import type { CallView } from "../src/types.ts";
import { wallKind, wallOf } from "../src/wall.ts";
import { alertWith } from "./samples.ts";

const calm = (id: string): CallView => emptyView(id);
const loud = (id: string, severity: "act" | "watch" = "act"): CallView => ({ ...calm(id), alerts: { [id]: alertWith({ alert_id: id, severity }) } });

test("a wall shows as many live calls as there is room for, and counts the others", () => {
  const ordered = [loud("a"), loud("b", "watch"), loud("c"), calm("d"), calm("e"), { ...calm("f"), state: "ended" }];
  const wall = wallOf(ordered, 2);
  expect(wall.shown.map((view) => view.call_id)).toEqual(["a", "b"]);
  expect([wall.moreAlerts, wall.moreCalls]).toEqual([1, 2]);
});

test("how bad a call is follows the alert that asks now", () => {
  const over = { ...loud("a"), alerts: { a: alertWith({ state: "resolved" }) } };
  expect([wallKind(loud("a")), wallKind(loud("b", "watch")), wallKind(calm("c")), wallKind(over)]).toEqual(["act", "watch", "calm", "calm"]);
});
