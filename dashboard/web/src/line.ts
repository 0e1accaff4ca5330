/** The geometry of a tone line: runs, gaps, a smooth path and the band of its uncertainty. */

import type { TonePoint } from "./types.ts";

export interface Scale {
  x: (ms: number) => number;
  y: (tone: number) => number;
}

export interface Spot {
  ms: number;
  tone: number;
  spread: number;
}

/** Stretches without an abstention between them: a point at the start of the first segment, then one at each end. */
export function runs(points: readonly TonePoint[]): Spot[][] {
  const found: Spot[][] = [];
  let current: Spot[] = [];
  for (const point of points) {
    if (point.tone === null) {
      if (current.length) found.push(current);
      current = [];
      continue;
    }
    if (!current.length) current.push({ ms: point.start_ms, tone: point.tone, spread: point.spread });
    current.push({ ms: point.end_ms, tone: point.tone, spread: point.spread });
  }
  if (current.length) found.push(current);
  return found;
}

export interface Gap {
  start_ms: number;
  end_ms: number;
  reason: string;
}

/** Where the monitor abstained; neighbours with the same reason are one gap. */
export function gaps(points: readonly TonePoint[]): Gap[] {
  const found: Gap[] = [];
  let open: Gap | null = null;
  for (const point of points) {
    const reason = point.tone === null ? (point.abstained ?? "abstained") : null;
    if (open && reason === open.reason) open.end_ms = point.end_ms;
    else if (reason === null) open = null;
    else found.push((open = { start_ms: point.start_ms, end_ms: point.end_ms, reason }));
  }
  return found;
}

type XY = readonly [number, number];

/** A tenth of a pixel is enough, and keeps the paths short. */
const f = (value: number) => value.toFixed(1);

/** A curve through all points that never overshoots them (Fritsch and Carlson's monotone cubic). */
export function smooth(points: readonly XY[]): string {
  const [first] = points;
  if (!first) return "";
  const slopes = tangents(points);
  let path = `M${f(first[0])},${f(first[1])}`;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1]!, points[i]!];
    // Hermite to Bézier: the control points lie a third of the way along each tangent.
    const third = (b[0] - a[0]) / 3;
    path += `C${f(a[0] + third)},${f(a[1] + third * slopes[i - 1]!)} ${f(b[0] - third)},${f(b[1] - third * slopes[i]!)} ${f(b[0])},${f(b[1])}`;
  }
  return path;
}

function tangents(points: readonly XY[]): number[] {
  const secants = points.slice(1).map((b, i) => {
    const a = points[i]!;
    return b[0] === a[0] ? 0 : (b[1] - a[1]) / (b[0] - a[0]);
  });
  return points.map((_, i) => {
    const [left, right] = [secants[i - 1], secants[i]];
    if (left === undefined || right === undefined) return left ?? right ?? 0;
    // Harmonic mean of the two secants; 0 at a turn, so that the curve stays between its points.
    return left * right <= 0 ? 0 : (2 * left * right) / (left + right);
  });
}

export function linePath(run: readonly Spot[], scale: Scale): string {
  return smooth(run.map((spot) => [scale.x(spot.ms), scale.y(spot.tone)]));
}

/** One deviation to either side, closed. */
export function bandPath(run: readonly Spot[], scale: Scale): string {
  const clip = (tone: number) => Math.max(-1, Math.min(1, tone));
  const upper = run.map((s): XY => [scale.x(s.ms), scale.y(clip(s.tone + s.spread))]);
  const lower = run.map((s): XY => [scale.x(s.ms), scale.y(clip(s.tone - s.spread))]).reverse();
  return `${smooth(upper)}${smooth(lower).replace("M", "L")}Z`;
}

/** What a row shows: at least two minutes, so that the line grows, and at most the last five. */
export function rowWindow(duration_ms: number): readonly [number, number] {
  const [shortest, longest] = [120_000, 300_000];
  const end = Math.max(shortest, duration_ms * 1.04);
  return end <= longest ? [0, end] : [end - longest, end];
}

/** Round times for the axis, about `count` of them. */
export function ticks(start_ms: number, end_ms: number, count: number): number[] {
  const steps = [10, 15, 30, 60, 120, 300, 600, 1200].map((seconds) => seconds * 1000);
  const step = steps.find((candidate) => (end_ms - start_ms) / candidate <= count) ?? 1_800_000;
  const found: number[] = [];
  for (let ms = Math.ceil(start_ms / step) * step; ms <= end_ms; ms += step) found.push(ms);
  return found;
}
