import { expect, test } from "vitest";
import { emptyView } from "../src/reduce.ts";
import type { CallView, LineState } from "../src/types.ts";
import { isCallerHeard, isOnHold, lineTexts } from "../src/words.ts";

function withLines(...lines: Partial<LineState>[]): CallView {
  const view = emptyView("x");
  const made = lines.map((line): LineState => ({ channel: 0, role: "customer", state: "live", since_ms: 0, reason: "", ...line }));
  return { ...view, call: { ...view.call, roles: ["customer", "agent"] }, lines: made };
}

const held = { state: "on_hold", since_ms: 70_000 } as const;
const agent = { channel: 1, role: "agent" } as const;

test("a line that is live has nothing to say", () => {
  expect(lineTexts(withLines())).toEqual([]);
  expect(isCallerHeard(withLines({}, agent))).toBe(true);
});

test("a party without audio is named, with the time since", () => {
  const view = withLines({ state: "no_audio", since_ms: 41_000 });
  expect(lineTexts(view)).toEqual(["No audio from the caller since 0:41"]);
  expect(isCallerHeard(view)).toBe(false);
});

test("a call of which nothing comes is on hold once, and ended is ended", () => {
  const view = withLines(held, { ...agent, ...held });
  expect(lineTexts(view)).toEqual(["On hold since 1:10"]);
  expect(isOnHold(view)).toBe(true);
  expect(lineTexts({ ...view, state: "ended" })).toEqual([]);
});

test("refused audio is told with the reason, and the caller is judged on", () => {
  const view = withLines({ ...agent, state: "refused", since_ms: 5_000, reason: "unknown_codec" });
  expect(lineTexts(view)).toEqual(["Audio of the agent is refused since 0:05: its codec is not known"]);
  expect(isCallerHeard(view)).toBe(true);
  const later = withLines({ state: "refused", reason: "of_a_later_release" });
  expect(lineTexts(later)).toEqual(["Audio of the caller is refused since 0:00: of a later release"]);
});

test("of two agents one may go without a word", () => {
  const view = withLines({ ...agent, state: "no_audio", since_ms: 5_000 }, { ...agent, channel: 2 });
  expect(lineTexts(view)).toEqual([]);
});
