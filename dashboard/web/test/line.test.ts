import { expect, test } from "vitest";
import { bandPath, gaps, rowWindow, runs, smooth, ticks } from "../src/line.ts";
import type { TonePoint } from "../src/types.ts";

const at = (second: number, tone: number | null, abstained: string | null = null): TonePoint => ({
  start_ms: second * 1000,
  end_ms: second * 1000 + 900,
  tone,
  spread: 0.5,
  abstained,
});

const points = [at(0, null, "noisy"), at(1, null, "noisy"), at(2, 0.1), at(3, 0.2), at(4, null, "unsure"), at(5, -0.3)];

test("an abstention breaks the line", () => {
  expect(runs(points).map((run) => run.map((spot) => spot.ms))).toEqual([
    [2000, 2900, 3900],
    [5000, 5900],
  ]);
});

test("neighbouring abstentions of one reason are one gap", () => {
  expect(gaps(points)).toEqual([
    { start_ms: 0, end_ms: 1900, reason: "noisy" },
    { start_ms: 4000, end_ms: 4900, reason: "unsure" },
  ]);
});

test("the curve meets its points and is flat at a turn", () => {
  expect(smooth([[0, 0], [10, 10], [20, 0]])).toBe("M0.0,0.0C3.3,3.3 6.7,10.0 10.0,10.0C13.3,10.0 16.7,3.3 20.0,0.0");
});

test("the band stays on the scale", () => {
  const scale = { x: (ms: number) => ms, y: (tone: number) => tone * 100 };
  const heights = bandPath([{ ms: 0, tone: 0.9, spread: 0.5 }, { ms: 9, tone: 0.9, spread: 0.5 }], scale);
  expect(heights).toContain("M0.0,100.0");
  expect(heights).toContain("40.0");
  expect(heights.endsWith("Z")).toBe(true);
});

test("a row grows to five minutes and then slides", () => {
  expect(rowWindow(5_000)).toEqual([0, 120_000]);
  const [from, to] = rowWindow(600_000);
  expect(to - from).toBe(300_000);
  expect(to).toBeGreaterThanOrEqual(600_000);
});

test("ticks are round and inside", () => {
  expect(ticks(0, 130_000, 6)).toEqual([0, 30_000, 60_000, 90_000, 120_000]);
});
