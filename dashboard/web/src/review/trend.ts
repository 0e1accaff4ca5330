/** Precision by week, over all rules and queues that are shown. */

import type { PrecisionRow } from "./types.ts";

/** Of the standard normal distribution, for an interval of 95 %. */
const Z = 1.959964;

export interface Week {
  week: string;
  right: number;
  counted: number;
  precision: number;
  low: number;
  high: number;
}

/** Wilson's score interval of a proportion, as the server has it (E. B. Wilson, JASA 22, 1927). */
export function wilson(hits: number, count: number): readonly [number, number] {
  const share = hits / count;
  const centre = share + (Z * Z) / (2 * count);
  const half = Z * Math.sqrt((share * (1 - share)) / count + (Z * Z) / (4 * count * count));
  const scale = 1 + (Z * Z) / count;
  return [Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale)];
}

/** The oldest week first; weeks without a judged alert, and what has no date, are left out. */
export function weeks(rows: readonly PrecisionRow[]): Week[] {
  const found = new Map<string, { right: number; counted: number }>();
  for (const row of rows) {
    const before = found.get(row.week) ?? { right: 0, counted: 0 };
    found.set(row.week, { right: before.right + row.right, counted: before.counted + row.right + row.wrong + row.not_actionable });
  }
  return [...found]
    .filter(([week, { counted }]) => week && counted)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([week, { right, counted }]) => {
      const [low, high] = wilson(right, counted);
      return { week, right, counted, precision: right / counted, low, high };
    });
}
