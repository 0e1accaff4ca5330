import { expect, test } from "vitest";
import { firstClause, reasonFor } from "../src/reason.ts";
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

test("the first clause of a text is told apart from the rest, and a time is no border", () => {
  expect(firstClause("Angrier since 1:02: the voice is louder than usual. Sure; listen in.")).toEqual([
    "Angrier since 1:02",
    ": the voice is louder than usual. Sure; listen in.",
  ]);
  expect(firstClause("In all: angry from 1:02; worst at 1:20.")).toEqual(["In all: angry from 1:02", "; worst at 1:20."]);
  expect(firstClause("Brighter than at 0:40, no concern.")).toEqual(["Brighter than at 0:40, no concern", "."]);
  expect(firstClause("Louder")).toEqual(["Louder", ""]);
});
