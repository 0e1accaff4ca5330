import { describe, expect, test } from "vitest";
import { apply, emptyView, POINTS_KEPT } from "../src/reduce.ts";
import type { BoardEvent, Tone } from "../src/types.ts";
import { golden } from "./samples.ts";

describe("the events give the view that Python gives", () => {
  for (const { name, events, view } of golden) {
    test(name, () => {
      expect(events.reduce(apply, emptyView(events[0]!.call_id))).toEqual(view);
    });
  }
});

test("an event that changes nothing leaves the same object", () => {
  const { events } = golden[0]!;
  const view = events.reduce(apply, emptyView("billing"));
  const tone = events.find((event) => event.type === "tone")!;
  const alert = events.find((event) => event.type === "alert")!;
  expect(apply(view, tone)).toBe(view);
  expect(apply(view, alert)).toBe(view);
});

test("an event of a kind not known yet is passed over", () => {
  const view = emptyView("x");
  expect(apply(view, { type: "comment", call_id: "x" } as unknown as BoardEvent)).toBe(view);
});

test("only the newest points of a long call are kept", () => {
  let view = emptyView("long");
  for (let at = 0; at < POINTS_KEPT + 5; at++) {
    view = apply(view, { type: "tone", call_id: "long", start_ms: at, end_ms: at, tone: 0, spread: 0, risk: 0 } as Tone);
  }
  expect(view.points).toHaveLength(POINTS_KEPT);
  expect(view.points[0]?.start_ms).toBe(5);
});
