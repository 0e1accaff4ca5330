/** Which rows of a long list are drawn. Pure: where the list lies comes in, places come out. */

/** Rows that are drawn above and below what is seen, so that a scroll or a key finds them there. */
export const OVERSCAN = 8;

export interface Frame {
  /** Pixels of the list above the upper edge of what is seen; negative while the list begins below it. */
  above_px: number;
  seen_px: number;
  row_px: number;
}

/** A run of rows that are drawn (`rows`, half open), or the empty space of so many. */
export type Piece = { rows: [number, number] } | { left_out: number };

/**
 * The list in pieces: the rows in sight with OVERSCAN around them and each pinned one with its neighbours, for the focus
 * must not lose its row and must find the next.
 */
export function pieces(frame: Frame, count: number, pinned: readonly number[]): Piece[] {
  const first = Math.floor(frame.above_px / frame.row_px) - OVERSCAN;
  const end = Math.ceil((frame.above_px + frame.seen_px) / frame.row_px) + OVERSCAN;
  const drawn = merged([[first, end], ...pinned.map((place): [number, number] => [place - 1, place + 2])], count);
  const found: Piece[] = [];
  let at = 0;
  for (const rows of drawn) {
    if (rows[0] > at) found.push({ left_out: rows[0] - at });
    found.push({ rows });
    at = rows[1];
  }
  if (at < count) found.push({ left_out: count - at });
  return found;
}

/** Half open ranges within 0 to `count`, in order, those that meet as one. */
function merged(ranges: [number, number][], count: number): [number, number][] {
  const inside = ranges
    .map(([from, to]): [number, number] => [Math.max(0, from), Math.min(count, to)])
    .filter(([from, to]) => from < to)
    .sort((a, b) => a[0] - b[0]);
  const found: [number, number][] = [];
  for (const [from, to] of inside) {
    const last = found.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else found.push([from, to]);
  }
  return found;
}
