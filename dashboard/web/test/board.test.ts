import { expect, test } from "vitest";
import { EMPTY, ENDED_KEPT, receive } from "../src/board.ts";
import { emptyView } from "../src/reduce.ts";
import type { Frame } from "../src/types.ts";
import { alertWith, callState as begins } from "./samples.ts";

const alert = (call_id: string, seq: number) =>
  alertWith({ call_id, alert_id: "a", seq, state: seq ? "confirmed" : "firing" });

const play = (...frames: Frame[]) => frames.reduce((board, frame) => receive(board, frame, 1_000), EMPTY);

test("a snapshot replaces what was known and sets the clock", () => {
  const board = play(
    { kind: "event", id: "1-0", event: begins("old") },
    { kind: "snapshot", id: "9-0", at_ms: 1_500, calls: [emptyView("new")], counters: { shed_llm: 2 }, left_out: 7 },
  );
  expect([...board.calls.keys()]).toEqual(["new"]);
  expect(board).toMatchObject({ id: "9-0", clock_offset_ms: 500, counters: { shed_llm: 2 }, left_out: 7 });
});

test("a batch is applied in order and moves the id", () => {
  const board = play({ kind: "events", id: "3-0", events: [begins("a"), begins("b")] });
  expect([...board.calls.keys()]).toEqual(["a", "b"]);
  expect(board.id).toBe("3-0");
});

test("a resume that missed nothing keeps everything", () => {
  const board = play({ kind: "event", id: "1-0", event: begins("a") }, { kind: "events", id: "1-0", events: [] });
  expect(board.calls.get("a")?.call.title).toBe("a");
});

test("only a new alert is announced, once", () => {
  const fired = play({ kind: "event", id: "1-0", event: alert("a", 0) });
  expect(fired.announced[0]?.seq).toBe(0);
  const confirmed = receive(fired, { kind: "event", id: "2-0", event: alert("a", 1) }, 0);
  expect(confirmed.announced).toBe(fired.announced);
});

test("an alert that comes back after it was over is announced again", () => {
  const over = play({ kind: "events", id: "2-0", events: [alert("a", 0), { ...alert("a", 2), state: "resolved" }] });
  const again = receive(over, { kind: "event", id: "3-0", event: { ...alert("a", 3), state: "firing" } }, 0);
  expect(again.announced[0]?.seq).toBe(3);
});

test("redis down is shown until something comes from it again", () => {
  const down = play({ kind: "status", redis: "down" });
  expect(down.redis).toBe("down");
  expect(receive(down, { kind: "event", id: "1-0", event: begins("a") }, 0).redis).toBe("up");
});

test("a board that stays open for days forgets the oldest ended calls and no live one", () => {
  const events = Array.from({ length: ENDED_KEPT + 5 }, (_, i) => ({ ...begins(`e${i}`), state: "ended" as const }));
  const board = play({ kind: "events", id: "9-0", events: [begins("live"), ...events] });
  expect(board.calls.size).toBe(ENDED_KEPT + 1);
  expect(board.calls.has("live")).toBe(true);
  expect(board.calls.has("e4")).toBe(false);
  expect(board.left_out).toBe(5);
});

test("calls that are live or have an open alert are kept whatever their number", () => {
  const many = Array.from({ length: 500 }, (_, i) => begins(`live${i}`));
  const open = Array.from({ length: ENDED_KEPT + 50 }, (_, i) => alert(`alert${i}`, 0));
  const over = open.map((one) => ({ ...begins(one.call_id), state: "ended" as const }));
  const board = play({ kind: "events", id: "9-0", events: [...many, ...open, ...over] });
  expect(board.calls.size).toBe(500 + ENDED_KEPT + 50);
  expect(board.left_out).toBe(0);
});

test("two alerts in one frame are both announced", () => {
  const board = play({ kind: "events", id: "2-0", events: [alert("a", 0), alert("b", 0), begins("c")] });
  expect(board.announced.map((one) => one.call_id)).toEqual(["a", "b"]);
});
