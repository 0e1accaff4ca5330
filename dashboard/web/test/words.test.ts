import { expect, test } from "vitest";
import { en } from "../src/messages/en.ts";
import { emptyView } from "../src/reduce.ts";
import type { Fact, FactsTable, Rationale, Said, Thresholds } from "../src/types.ts";
import {
  abstention,
  actedText,
  behaviourText,
  behindText,
  claimsText,
  clock,
  difference,
  durationNow,
  handledText,
  limitsText,
  measured,
  ruleText,
  shedText,
  signed,
  topicsText,
  stateName,
  unjudged,
  baselineText,
} from "../src/words.ts";
import { alertWith } from "./samples.ts";

test("times and signs read well", () => {
  expect(clock(83_000)).toBe("1:23");
  expect(clock(3_723_000)).toBe("1:02:03");
  expect(signed(-0.5)).toBe("\u22120.50");
  expect(signed(0.5)).toBe("+0.50");
  expect(signed(-0.001)).toBe("0.00");
});

test("topics that counted as evidence are named, the words are not", () => {
  const said = (of: Said["of"], start_ms: number) => ({ segment_id: "c/0/1", start_ms, of, nats: 1 });
  expect(topicsText([said("again", 24_000), said("leaving", 28_000)])).toBe(
    "In the words: that it is not the first time at 0:24, a threat to leave at 0:28.",
  );
  expect(topicsText([])).toBe("");
});

test("a baseline says whether earlier calls are in it", () => {
  expect(baselineText({ baseline_segments: 6, earlier_calls: 0 } as FactsTable)).toBe("against 6 earlier segments");
  expect(baselineText({ baseline_segments: 6, earlier_calls: 1 } as FactsTable)).toContain("of an earlier call too");
  expect(baselineText({ baseline_segments: 6, earlier_calls: 2 } as FactsTable)).toContain("of 2 earlier calls too");
});

test("an alert under another rule than it was raised by says so", () => {
  const alert = alertWith({ alert_id: "c/1/anger/24000", rule: "anger", severity: "act" });
  expect(ruleText(alert)).toBe("Anger, act");
  expect(ruleText({ ...alert, rule: "distress", severity: "watch" })).toBe("Distress, watch; raised as anger");
});

test("what was not judged is counted by its reason", () => {
  const point = (start_ms: number, abstained: string | null) => ({ start_ms, end_ms: start_ms + 3_000, tone: abstained ? null : 0, spread: 0.1, abstained });
  const reasons = ["learning_baseline", null, "noisy", "talk_over", "noisy", null];
  expect(unjudged(reasons.map((reason, i) => point(4_000 * i, reason)))).toEqual([
    { reason: "noisy", times: 2, last_ms: 16_000 },
    { reason: "talk_over", times: 1, last_ms: 12_000 },
  ]);
});

test("an abstention without a text of its own still reads", () => {
  expect(abstention("wind_noise")).toBe("Not judged: wind noise");
});

test("no two reasons read the same, and each says that nothing was judged", () => {
  const texts = Object.values(en.abstentions);
  expect(new Set(texts).size).toBe(texts.length);
  for (const text of texts) expect(text).toMatch(/not judged$|to judge$|^Learning/);
});

test("the banner speaks only while something is shed", () => {
  const now = 1_000_000;
  expect(shedText({ shed_llm: 0, shed_llm_at_ms: now, not_analysed: 3, not_analysed_at_ms: now }, now)).toBe("");
  const shed = { shed_llm: 1, shed_llm_at_ms: now, shed_asr: 4, shed_asr_at_ms: now };
  expect(shedText(shed, now)).toBe("Under load, 1 model reason and 4 transcripts left out so far; measurements and alerts go on.");
  expect(shedText(shed, now + 119_000)).not.toBe("");
  expect(shedText(shed, now + 121_000)).toBe("");
  expect(shedText({ ...shed, shed_llm_at_ms: now - 900_000 }, now)).toContain("Under load, 4 transcripts");
  expect(shedText({ dead_letters: 2, dead_letters_at_ms: now }, now)).toBe("2 records could not be read.");
});

test("the banner says how old what is seen is, while that is fresh and plausible", () => {
  expect(behindText({ behind_ms: 12_400, behind_at_ms: 1_000_000 }, 1_005_000)).toContain("was said 12 s ago");
  expect(behindText({ behind_ms: 900, behind_at_ms: 1_000_000 }, 1_005_000)).toBe("");
  expect(behindText({ behind_ms: 12_400, behind_at_ms: 1_000_000 }, 1_040_000)).toBe("");
  expect(behindText({ behind_ms: 7_200_000, behind_at_ms: 1_000_000 }, 1_005_000)).toBe("");
  expect(behindText({}, 1_005_000)).toBe("");
});

test("a live call's clock runs, an ended or implausible one does not", () => {
  const view = { ...emptyView("x"), call: { ...emptyView("x").call, started_at_ms: 1_000_000 }, duration_ms: 30_000 };
  expect(durationNow(view, 1_040_000)).toBe(40_000);
  expect(durationNow({ ...view, state: "ended" }, 1_040_000)).toBe(30_000);
  expect(durationNow(view, 9_000_000)).toBe(30_000);
  // A door's clock that is an hour or a century off, either way.
  for (const started_at_ms of [1_040_000 - 3_623_000, 1_040_000 + 3_577_000, 4_102_444_800_000, 86_400]) {
    expect(durationNow({ ...view, call: { ...view.call, started_at_ms } }, 1_040_000)).toBe(view.duration_ms);
  }
});

test("claims are counted with what became of them", () => {
  const claim = (verdict: "true" | "false" | "unsupported") => ({ text: "", kind: "", fact: "", verdict });
  const rationale = { claims: [claim("true"), claim("false"), claim("unsupported")], claims_total: 3, claims_false: 1 };
  expect(claimsText(rationale as Rationale)).toBe(
    "3 claims checked against the measurements, 2 dropped: 1 contradicted, 1 without a measurement.",
  );
  expect(claimsText({ claims: [], claims_total: 0, claims_false: 0 } as unknown as Rationale)).toBe("");
});

test("measurements carry their unit, shares read as percent", () => {
  const pauses = { unit: "share", value: 0.31, delta: -0.06 } as Fact;
  expect([measured(pauses, pauses.value), difference(pauses)]).toEqual(["31 %", "\u22126 %"]);
  const level = { unit: "dB", value: -16.2, delta: 6.2 } as Fact;
  expect([measured(level, level.value), difference(level)]).toEqual(["\u221216.20", "+6.20"]);
});

test("who looks after an alert is said in short", () => {
  const alert = alertWith({ acknowledged_by: "Ada" });
  expect(handledText(alert)).toBe("seen by Ada");
  expect(handledText({ ...alert, assigned_to: "Grace", snoozed_until_ms: 90_000, times_reopened: 2 })).toBe(
    "snoozed to 1:30, with Grace, reopened 2 times",
  );
  expect(stateName({ ...alert, state: "resolved", resolved_by: "person" })).toBe("Closed");
  expect(actedText({ action: "assign", by: "Ada", acted_at_ms: 0, action_id: "", detail: "Grace" })).toBe("Ada gave it to Grace");
});

test("limits read in the unit of their rule", () => {
  const limits = { fire: 0.9, clear: 0.3, hold_ms: 6_000, cooldown_ms: 20_000, min_segments: 1, within_ms: 0 } as Thresholds;
  expect(limitsText({ ...limits, unit: "probability" })).toEqual([
    "90 % sure that the tone is down",
    "under 30 % for 6 s; opened again within 20 s",
  ]);
  expect(limitsText({ ...limits, unit: "probability", within_ms: 60_000 }, "words")[0]).toContain("sure that the words turned, within 60 s");
  expect(limitsText({ ...limits, unit: "count", fire: 4, within_ms: 30_000 })[0]).toBe("4 within 30 s");
  expect(limitsText({ ...limits, unit: "ms", fire: 20_000 })[0]).toBe("after 20 s without a word");
  expect(limitsText({ ...limits, unit: "tone", fire: -0.3, min_segments: 2 })[0]).toBe("below \u22120.30, at least 2 segments");
});

test("what both did within a moment is told in sentences, and nothing of what was not", () => {
  const none = { interruptions: 0, talk_over_ms: 0, agent_talk_share: null } as FactsTable;
  expect(behaviourText(none)).toBe("");
  const some = { ...none, interruptions: 1, talk_over_ms: 900, falls_silent_ms: 3_100, one_word_answers: 2, laughs: 1, agent_talk_share: 0.4 };
  expect(behaviourText(some)).toBe(
    "1 interruption. Both spoke at once for 0.9 s. The caller was silent for 3.1 s after the agent. 2 one-word answers. The caller laughed. The agent held 40 % of the talk.",
  );
  expect(behaviourText({ ...none, falls_silent_ms: 900 } as FactsTable)).toBe("");
});
