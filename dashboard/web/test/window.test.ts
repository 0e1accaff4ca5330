import { expect, test } from "vitest";
import { OVERSCAN, pieces, type Piece } from "../src/window.ts";

const frame = (above_px: number) => ({ above_px, seen_px: 760, row_px: 76 });

/** Rows that a list of pieces stands for, drawn or left out. */
const length = (found: Piece[]) => found.reduce((sum, piece) => sum + ("rows" in piece ? piece.rows[1] - piece.rows[0] : piece.left_out), 0);

test("a short list is drawn whole", () => {
  expect(pieces(frame(0), 12, [])).toEqual([{ rows: [0, 12] }]);
  expect(pieces(frame(0), 0, [])).toEqual([]);
});

test("of a long list only what is in sight is drawn, with some around it", () => {
  expect(pieces(frame(0), 1000, [])).toEqual([{ rows: [0, 10 + OVERSCAN] }, { left_out: 990 - OVERSCAN }]);
  expect(pieces(frame(7600), 1000, [])).toEqual([
    { left_out: 100 - OVERSCAN },
    { rows: [100 - OVERSCAN, 110 + OVERSCAN] },
    { left_out: 890 - OVERSCAN },
  ]);
});

test("a pinned row is drawn with its neighbours wherever the list stands", () => {
  expect(pieces(frame(0), 1000, [500])).toContainEqual({ rows: [499, 502] });
  expect(pieces(frame(0), 1000, [999])).toContainEqual({ rows: [998, 1000] });
  expect(pieces(frame(0), 1000, [3])).toEqual(pieces(frame(0), 1000, []));
});

test("nothing is lost: drawn and left out are the whole list", () => {
  for (const above_px of [-400, 0, 33, 7600, 75_000, 90_000]) {
    for (const pinned of [[], [0], [17, 19], [400, 998]]) expect(length(pieces(frame(above_px), 1000, pinned))).toBe(1000);
  }
});
