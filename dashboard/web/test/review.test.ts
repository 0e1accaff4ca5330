import { expect, test } from "vitest";
import { addressText, hasFilter, NOTHING_WANTED, queryText, readAddress } from "../src/review/address.ts";
import { shortcutOf } from "../src/review/keys.ts";
import { gain, outline, readWav } from "../src/review/wave.ts";
import { precisionText, REASONS, silenceText, VERDICTS } from "../src/review/words.ts";

const ROW = { rule: "", queue: "", week: "", right: 2, wrong: 1, not_actionable: 0, disputed: 0, precision: 2 / 3, low: 0.2077, high: 0.9385 };

test("the address brings the same filter and moment back", () => {
  const wanted = { ...NOTHING_WANTED, queue: "billing & more", q: "third time", unreviewed: "me" as const, from: "2026-09-28", alert: "c-1/tone_falls/24000" };
  expect(readAddress(addressText(wanted))).toEqual(wanted);
  expect(addressText(NOTHING_WANTED)).toBe("./");
  expect([hasFilter({ ...NOTHING_WANTED, alert: "a" }), hasFilter(wanted)]).toEqual([false, true]);
});

test("what an address says wrongly is left out", () => {
  const found = readAddress("?unreviewed=you&from=yesterday&strange=1&queue=sales");
  expect(found).toEqual({ ...NOTHING_WANTED, queue: "sales" });
});

test("a day is asked for from midnight to midnight where the viewer is", () => {
  const query = new URLSearchParams(queryText({ ...NOTHING_WANTED, from: "2026-10-24", until: "2026-10-25", alert: "x" }, "next"));
  expect(Number(query.get("from_ms"))).toBe(new Date(2026, 9, 24).getTime());
  expect(Number(query.get("until_ms"))).toBe(new Date(2026, 9, 26).getTime());
  expect([query.get("cursor"), query.has("alert")]).toEqual(["next", false]);
});

test("keys belong to a field while one is typed in, and to a button or a choice where they press it", () => {
  const press = (key: string, ctrlKey = false) => ({ key, ctrlKey, metaKey: false, altKey: false });
  expect(shortcutOf(press("1"), "page")).toBe("right");
  expect(shortcutOf(press("1"), "field")).toBeNull();
  expect(shortcutOf(press("Escape"), "field")).toBe("leave");
  expect([shortcutOf(press(" "), "page"), shortcutOf(press(" "), "button")]).toEqual(["play", null]);
  expect([shortcutOf(press("ArrowLeft"), "button"), shortcutOf(press("ArrowLeft"), "choice")]).toEqual(["back", null]);
  expect(shortcutOf(press("1", true), "page")).toBeNull();
});

function wav(samples: readonly number[], channels = 1): ArrayBuffer {
  const data = new ArrayBuffer(44 + 2 * samples.length);
  const view = new DataView(data);
  const put = (at: number, text: string) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  put(0, "RIFF");
  put(8, "WAVEfmt ");
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 8000, true);
  view.setUint16(34, 16, true);
  put(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => view.setInt16(44 + 2 * i, sample, true));
  return data;
}

test("a sound is drawn by the loudest and lowest sample of each column", () => {
  const { rate_hz, samples } = readWav(wav([0, 16384, -8192, 0, 0, 0]));
  expect(rate_hz).toBe(8000);
  expect(outline(samples, 3)).toEqual([[0, 0.5], [-0.25, 0], [0, 0]]);
  expect(gain(outline(samples, 3))).toBeCloseTo(1.9);
  expect([gain([]), gain([[0, 0.001]])]).toEqual([1, 12]);
});

test("what is no sound of the desk is not drawn", () => {
  expect(() => readWav(new ArrayBuffer(10))).toThrow("no WAV");
  expect(() => readWav(wav([1, 2], 2))).toThrow("mono");
});

test("precision is told with its interval, and nothing judged is not 0 %", () => {
  expect(precisionText(ROW)).toBe("2 of 3 right, 67 % (21 to 94 %)");
  expect(precisionText({ ...ROW, precision: null, low: null, high: null })).toBe("Nothing was judged yet.");
});

test("a stretch that was not kept says why, whatever the reason", () => {
  const part = { start_ms: 0, end_ms: 1, status: "missing" as const, reason: "expired" };
  expect(silenceText(part)).toBe("Not kept: no longer in Kafka");
  expect(silenceText({ ...part, reason: "read_too_much" })).toBe("Not kept: read too much");
  expect(silenceText({ ...part, status: "kept", reason: "" })).toBe("");
});

test("every verdict has reasons to choose from", () => {
  expect(VERDICTS.map(([verdict]) => verdict)).toEqual(Object.keys(REASONS));
});
