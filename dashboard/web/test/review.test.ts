import { expect, test } from "vitest";
import { addressText, hasFilter, NOTHING_WANTED, queryText, readAddress } from "../src/review/address.ts";
import { shortcutOf } from "../src/review/keys.ts";
import { SIZE, spectrogram } from "../src/review/spectrum.ts";
import { weeks } from "../src/review/trend.ts";
import { gain, outline, readWav } from "../src/review/wave.ts";
import { eventText, precisionText, REASONS, recallText, silenceText, T, VERDICTS } from "../src/review/words.ts";

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
  expect(() => readWav(wav([1, 2, 3], 3))).toThrow("one or two channels");
});

test("of two channels the caller's and the agent's are told apart", () => {
  const { samples, agent } = readWav(wav([1, -1, 2, -2], 2));
  expect([[...samples], [...(agent ?? [])]]).toEqual([
    [1, 2],
    [-1, -2],
  ]);
});

test("a tone's spectrum is loudest at its pitch, and silence has none", () => {
  const hz = 1000;
  const tone = Int16Array.from({ length: 4000 }, (_, at) => 8000 * Math.sin((2 * Math.PI * hz * at) / 8000));
  const columns = spectrogram(tone, 5);
  const middle = columns[2]!;
  expect(middle.indexOf(Math.max(...middle))).toBe((hz / 8000) * SIZE);
  expect(middle[200]).toBeLessThan(0.2);
  expect(spectrogram(new Int16Array(4000), 2).flatMap((column) => [...column]).every((level) => level === 0)).toBe(true);
});

test("weeks are counted over rules and queues, with Wilson's interval", () => {
  const of = (week: string, right: number, wrong: number) => ({ ...ROW, week, right, wrong });
  const found = weeks([of("2026-W48", 1, 0), of("2026-W47", 2, 1), of("2026-W48", 0, 1), of("", 5, 5), of("2026-W46", 0, 0)]);
  expect(found.map(({ week, right, counted }) => [week, right, counted])).toEqual([
    ["2026-W47", 2, 3],
    ["2026-W48", 1, 2],
  ]);
  expect([found[0]!.low, found[0]!.high]).toEqual([expect.closeTo(0.2077, 3), expect.closeTo(0.9385, 3)]);
});

test("what was missed is told of the calls of the sample alone", () => {
  const none = { calls: 0, quiet: 0, quiet_missed: 0, found: 0, missed: 0, recall: null, low: null, high: null };
  expect(recallText(none)).toBe("");
  expect(recallText({ ...none, calls: 1, quiet: 1 })).toBe("Of 1 quiet call that was heard whole, something was missed in 0.");
  expect(recallText({ calls: 3, quiet: 2, quiet_missed: 1, found: 1, missed: 1, recall: 0.5, low: 0.0945, high: 0.9055 })).toContain("1 of 2 were found: 50 % (9 to 91 %)");
});

test("precision is told with its interval, and nothing judged is not 0 %", () => {
  expect(precisionText(ROW)).toBe("2 of 3 right, 67 % (21 to 94 %)");
  expect(precisionText({ ...ROW, precision: null, low: null, high: null })).toBe("Nothing was judged yet.");
});

test("a stretch that was not kept says why, whatever the reason", () => {
  const part = { start_ms: 0, end_ms: 1, status: "missing" as const, reason: "expired", role: "" };
  expect(silenceText(part)).toBe("Not kept: no longer in Kafka");
  expect(silenceText({ ...part, reason: "read_too_much" })).toBe("Not kept: read too much");
  expect(silenceText({ ...part, status: "kept", reason: "" })).toBe("");
});

test("every verdict has reasons to choose from", () => {
  expect(VERDICTS.map(([verdict]) => verdict)).toEqual(Object.keys(REASONS));
  expect(Object.values(REASONS).flat().sort()).toEqual(Object.keys(T.because).sort());
});

test("an event of an alert is told in words, also one that is not known yet", () => {
  expect([eventText("woke", ""), eventText("acknowledged", "Ada"), eventText("read_aloud", "")]).toEqual(["the snooze was over", "acknowledged by Ada", "read aloud"]);
});

test("a verdict that was given after seeing others says so", () => {
  expect(T.said("Ada", "right", "loud", true)).toBe("Ada: right (given after seeing others) – loud");
  expect(T.said("Ada", "right", "", false)).toBe("Ada: right");
});
