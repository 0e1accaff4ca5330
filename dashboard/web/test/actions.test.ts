import { expect, test } from "vitest";
import { actionOn, SNOOZE_MS } from "../src/actions.ts";
import { alertWith } from "./samples.ts";

const alert = alertWith({ call_id: "c", alert_id: "c/anger/1" });

test("an action names its alert and who acts, without spaces around the name", () => {
  expect(actionOn(alert, "acknowledge", " Ada ")).toMatchObject({
    call_id: "c",
    alert_id: "c/anger/1",
    action: "acknowledge",
    by: "Ada",
  });
});

test("what an action needs beside that is carried along", () => {
  expect(actionOn(alert, "snooze", "Ada", { snooze_ms: SNOOZE_MS }).snooze_ms).toBe(SNOOZE_MS);
  expect(actionOn(alert, "assign", "Ada", { assignee: "Grace" }).assignee).toBe("Grace");
});

test("two actions are never taken for one", () => {
  expect(actionOn(alert, "comment", "Ada").action_id).not.toBe(actionOn(alert, "comment", "Ada").action_id);
});
