import { beforeEach, expect, test } from "vitest";
import { actionOn } from "../src/actions.ts";
import { ANSWER_MS, answered, APPLY_MS, asked, askText, dropped, overdue, settled, type Asks } from "../src/asks.ts";
import { EMPTY, receive } from "../src/board.ts";
import { draftOf, forgetDone, keepDraft } from "../src/drafts.ts";
import { emptyView } from "../src/reduce.ts";
import type { Acted, Alert, CallView } from "../src/types.ts";
import { alertWith } from "./samples.ts";

const alert = alertWith({ call_id: "c", alert_id: "a", seq: 0 });
const take = actionOn(alert, "assign", "Ada", { assignee: "Ada" });

const acted = (fields: Partial<Acted>): Acted => ({ action: "assign", by: "Ada", acted_at_ms: 1, detail: "", action_id: "", ...fields });
const calls = (now: Alert): ReadonlyMap<string, CallView> => new Map([["c", { ...emptyView("c"), alerts: { a: now } }]]);

let asks: Asks;
beforeEach(() => {
  asks = asked(new Map(), take, 1_000, true);
});

const only = (from: Asks) => [...from.values()][0];

test("an action that got no answer says so, at once when the line is not heard of any more", () => {
  expect(only(overdue(asks, 1_000 + ANSWER_MS, true))?.state).toBe("sent");
  expect(only(overdue(asks, 1_001 + ANSWER_MS, true))).toMatchObject({ state: "unanswered", text: expect.stringContaining("may not") });
  expect(only(overdue(asks, 1_500, false))?.state).toBe("unanswered");
});

test("an action that Kafka has and no monitor applies says so", () => {
  const taken = answered(asks, take.action_id, "");
  expect(only(overdue(taken, 1_000 + APPLY_MS, false))?.state).toBe("taken");
  expect(only(overdue(taken, 1_001 + APPLY_MS, true))).toMatchObject({ state: "unanswered", text: expect.stringContaining("monitor") });
});

test("what fails says why, and what was never sent says that", () => {
  expect(only(answered(asks, take.action_id, "Kafka did not take it."))).toMatchObject({ state: "failed", text: "Kafka did not take it." });
  expect(only(answered(asks, "", "This is no action."))?.state).toBe("failed");
  expect(only(asked(new Map(), take, 0, false))).toMatchObject({ state: "failed", text: expect.stringContaining("no connection") });
});

test("what is tried again is the same action, which counts once", () => {
  const failed = answered(asks, take.action_id, "No.");
  const again = asked(failed, take, 2_000, true);
  expect(again.size).toBe(1);
  expect(only(again)).toMatchObject({ state: "sent", at_ms: 2_000, text: "" });
  expect(dropped(again, take.action_id).size).toBe(0);
});

test("an action is done when the alert names it", () => {
  const done = { ...alert, assigned_to: "Bob", acted: [acted({ action_id: take.action_id })] };
  expect(settled(asks, calls(done)).size).toBe(0);
});

test("of two that take an alert the slower one is told who has it", () => {
  expect(only(settled(asks, calls({ ...alert, assigned_to: "Grace" })))).toMatchObject({
    state: "lost",
    text: "Grace has it: somebody was quicker.",
  });
  expect(settled(asks, calls(alert))).toBe(asks);
});

test("a frame that brings the other one's take ends the wait", () => {
  const board = receive({ ...EMPTY, calls: calls(alert), asks }, { kind: "event", id: "1-0", event: { ...alert, seq: 1, assigned_to: "Grace" } }, 0);
  expect(only(board.asks)?.state).toBe("lost");
});

test("an alert that is over cannot be closed once more", () => {
  const close = asked(new Map(), actionOn(alert, "resolve", "Ada"), 0, true);
  expect(only(settled(close, calls({ ...alert, state: "resolved" })))?.text).toBe("It is over already.");
});

test("a take names who had the alert when it was asked for", () => {
  expect(take.seen_assigned_to).toBe("");
  expect(actionOn({ ...alert, assigned_to: "Bob" }, "assign", "Ada").seen_assigned_to).toBe("Bob");
  expect(actionOn(alert, "resolve", "Ada")).not.toHaveProperty("seen_assigned_to");
});

test("what was asked reads as the button did", () => {
  expect(askText(take)).toBe("Take it");
  expect(askText({ ...take, assignee: "Bob" })).toBe("Give to Bob");
  expect(askText({ ...take, assignee: "" })).toBe("Unassign");
  expect(askText(actionOn(alert, "snooze", "Ada", { snooze_ms: 0 }))).toBe("End the snooze");
});

test("what was typed stays until it is done, and what was typed over it stays too", () => {
  keepDraft("a", { assignee: "Bob", note: "call back" });
  forgetDone(actionOn(alert, "assign", "Ada", { assignee: "Bob" }));
  expect(draftOf("a")).toEqual({ assignee: "", note: "call back" });
  keepDraft("a", { assignee: "", note: "call back at six" });
  forgetDone(actionOn(alert, "comment", "Ada", { note: "call back" }));
  expect(draftOf("a").note).toBe("call back at six");
});
