import { expect, test } from "vitest";
import { delayItem, judgedItem, MINUTE_MS, modelsItem, shedLately, unjudgedNow, withShed, type Shed } from "../src/health.ts";
import { emptyView } from "../src/reduce.ts";
import type { CallView, ModelRef } from "../src/types.ts";
import { reasonWith } from "./samples.ts";

const view = (fields: Partial<CallView>): CallView => ({ ...emptyView("x"), ...fields });
const model = (name: string, provider = ""): ModelRef => ({ name, version: "0123456789ab", provider });

test("the delay is told while callers speak, and where clocks agree", () => {
  const at_ms = 1_000_000;
  expect(delayItem({ behind_ms: 730, behind_at_ms: at_ms }, at_ms + 2_000)).toMatchObject({ text: "Heard 0.7 s after the words", isTrouble: false });
  expect(delayItem({ behind_ms: 12_000, behind_at_ms: at_ms }, at_ms)).toMatchObject({ isTrouble: true });
  expect(delayItem({ behind_ms: 730, behind_at_ms: at_ms }, at_ms + 60_000)?.text).toBe("No caller speaks now");
  expect([delayItem({}, at_ms), delayItem({ behind_ms: 4_000_000, behind_at_ms: at_ms }, at_ms)]).toEqual([null, null]);
});

test("what was left out counts within the last minute alone", () => {
  let kept: readonly Shed[] = [];
  const at = (ms: number, shed_llm: number, shed_asr = 0) => (kept = withShed(kept, { shed_llm, shed_asr }, ms));
  at(0, 5);
  expect(shedLately(kept)).toBe("");
  at(20_000, 7, 1);
  expect(shedLately(kept)).toBe("2 model reasons and 1 transcript");
  at(MINUTE_MS + 19_000, 7, 1);
  expect(shedLately(kept)).toBe("2 model reasons and 1 transcript");
  at(MINUTE_MS + 20_000, 8, 1);
  expect(shedLately(kept)).toBe("1 model reason");
  expect(kept.length).toBeLessThan(4);
  at(MINUTE_MS + 30_000, 0);
  expect(shedLately(kept)).toBe("");
});

test("why callers are not judged now is counted by reason, and learning a voice is none", () => {
  const line = { channel: 0, role: "customer", state: "on_hold", since_ms: 0, reason: "" } as const;
  const live = [view({ abstained: "noisy" }), view({ abstained: "noisy" }), view({ abstained: "learning_baseline" }), view({ lines: [line] }), view({ tone: 0 })];
  expect(unjudgedNow(live)).toEqual([
    ["Too noisy to judge", 2],
    ["The caller is not heard", 1],
  ]);
  expect(judgedItem(live, 1).text).toBe("1 call not analysed: the caller was not told, 3 not judged now");
  expect(judgedItem([view({ tone: 0 })], 0).text).toBe("Every caller is judged");
});

test("models in use are named once each, and two of a kind while one replaces another", () => {
  const rationale = reasonWith({ model: model("small") });
  const live = [view({ model: model("tiny", "cpu"), latest: rationale, rationales: { a: rationale } }), view({ model: model("base", "cuda") })];
  expect(modelsItem(live)?.text).toBe("voice by base on the GPU, tiny on the CPU, reasons by small");
  expect(modelsItem([])).toBeNull();
});
