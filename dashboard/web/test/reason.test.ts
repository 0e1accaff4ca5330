import { expect, test } from "vitest";
import { accountOf, firstClause, reasonFor, withoutAdvice } from "../src/reason.ts";
import { emptyView } from "../src/reduce.ts";
import type { CallView } from "../src/types.ts";
import { alertWith, reasonWith } from "./samples.ts";

test("the reason is the rationale's, else the alert's sentence, else what is known", () => {
  const alert = alertWith({ alert_id: "a", sentence: "Louder by 6 dB." });
  const rationale = reasonWith({ alert_id: "a", text: "Louder since the fee.", source: "model" });
  const view = { ...emptyView("x"), alerts: { a: alert } };
  expect(reasonFor(view, alert)).toEqual({ text: "Louder by 6 dB.", source: "facts" });
  expect(reasonFor({ ...view, rationales: { a: rationale } }, alert)).toEqual({
    text: "Louder since the fee.",
    source: "model",
  });
  expect(reasonFor({ ...emptyView("x"), abstained: "learning_baseline" }, null).text).toContain("Learning");
});

test("a reason without an alert stands while it is fresh, and gives way to an abstention", () => {
  const latest = reasonWith({ alert_id: "", text: "Since 0:42 the tone rose.", source: "facts", at_ms: 60_000 });
  const view = { ...emptyView("x"), latest, tone: 0, duration_ms: 70_000, points: [{}] } as unknown as CallView;
  expect(reasonFor(view, null)).toEqual({ text: "Since 0:42 the tone rose.", source: "facts" });
  expect(reasonFor({ ...view, abstained: "noisy" }, null).text).toBe("Too noisy to judge");
  expect(reasonFor({ ...view, duration_ms: 130_000 }, null).text).toBe("Near this caller's usual tone");
  expect(reasonFor({ ...view, state: "ended" }, null).text).toBe("Ended without an alert");
});

test("while the caller is not heard what was said before is dated, and no tone is named", () => {
  const alert = alertWith({ alert_id: "a", sentence: "Nobody has spoken for 20 s.", fired_ms: 62_000 });
  const line = { channel: 0, role: "customer", state: "no_audio", since_ms: 64_000, reason: "" } as const;
  const view = { ...emptyView("x"), alerts: { a: alert }, lines: [line] };
  expect(reasonFor(view, alert).text).toBe("At 1:02: Nobody has spoken for 20 s.");
  expect(reasonFor({ ...view, alerts: {} }, null)).toEqual({ text: "", source: null });
});

test("what was said of an alert that is over, or of a call that is, is dated", () => {
  const alert = alertWith({ alert_id: "a", sentence: "Sounds angrier.", fired_ms: 62_000 });
  const view = { ...emptyView("x"), alerts: { a: alert } };
  expect(reasonFor(view, alert).text).toBe("Sounds angrier.");
  expect(reasonFor(view, { ...alert, state: "resolved" }).text).toBe("At 1:02: Sounds angrier.");
  expect(reasonFor({ ...view, state: "ended" }, alert).text).toBe("At 1:02: Sounds angrier.");
  const recovery = reasonWith({ alert_id: "a", kind: "recovery", text: "Back to the usual tone.", at_ms: 90_000 });
  const recovered = { ...view, rationales: { a: recovery } };
  expect(reasonFor(recovered, { ...alert, state: "resolved" }).text).toBe("Back to the usual tone.");
});

test("what a reason advised is said only while it can still be done", () => {
  const alert = alertWith({ alert_id: "a", fired_ms: 62_000 });
  const text = "Angrier since 1:02: louder than usual. Sure; listen in.";
  const view = { ...emptyView("x"), alerts: { a: alert }, rationales: { a: reasonWith({ alert_id: "a", text, at_ms: 62_000 }) } };
  expect(reasonFor(view, alert).text).toBe(text);
  const over = "At 1:02: Angrier since 1:02: louder than usual.";
  expect(reasonFor(view, { ...alert, state: "resolved" }).text).toBe(over);
  expect(reasonFor({ ...view, state: "ended" }, alert).text).toBe(over);
  const line = { channel: 0, role: "customer", state: "no_audio", since_ms: 64_000, reason: "" } as const;
  expect(reasonFor({ ...view, lines: [line] }, alert).text).toBe(over);
});

test("of a call's account only the newest line advises, and only while the alert is open", () => {
  const alert = alertWith({ alert_id: "a" });
  const line = (at_ms: number, text: string) => ({ moment_id: `a/${at_ms}`, at_ms, text, source: "facts", closing: false });
  const account = [line(1000, "Louder. Sure; listen in."), line(2000, "Louder still. Listen in; this is sure.")];
  const view = { ...emptyView("x"), alerts: { a: alert }, account };
  expect(accountOf(view, alert).map((one) => one.text)).toEqual(["Louder.", "Louder still. Listen in; this is sure."]);
  expect(accountOf(view, { ...alert, state: "resolved" }).map((one) => one.text)).toEqual(["Louder.", "Louder still."]);
});

test("advice in a model's own words is known by the claim that was found in it", () => {
  const claims = [{ text: "listen in", kind: "advice", verdict: "true", fact: "" }] as const;
  expect(withoutAdvice("She shouts. You may want to listen in now.", claims)).toBe("She shouts.");
  expect(withoutAdvice("She shouts. You may want to listen in now.")).toBe("She shouts. You may want to listen in now.");
  expect(withoutAdvice("Listen in.", claims)).toBe("Listen in.");
  expect(withoutAdvice("Lauter als sonst. Niemand muss eingreifen.")).toBe("Lauter als sonst.");
});

test("the first clause of a text is told apart from the rest, and a time is no border", () => {
  expect(firstClause("Angrier since 1:02: the voice is louder than usual. Sure; listen in.")).toEqual([
    "Angrier since 1:02",
    ": the voice is louder than usual. Sure; listen in.",
  ]);
  expect(firstClause("In all: angry from 1:02; worst at 1:20.")).toEqual(["In all: angry from 1:02", "; worst at 1:20."]);
  expect(firstClause("Brighter than at 0:40, no concern.")).toEqual(["Brighter than at 0:40, no concern", "."]);
  expect(firstClause("Louder")).toEqual(["Louder", ""]);
});
