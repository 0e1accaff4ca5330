/** All calls, kept up to date frame by frame. Pure: frames and clocks come in, state comes out. */

import { answered, settled, type Asks } from "./asks.ts";
import { isOpen } from "./order.ts";
import { apply, emptyView } from "./reduce.ts";
import type { Alert, BoardEvent, CallView, Frame } from "./types.ts";
import type { Counters } from "./words.ts";

export interface Board {
  calls: ReadonlyMap<string, CallView>;
  counters: Counters;
  redis: "up" | "down";
  /** Ended calls that Redis knows and this page does not. */
  left_out: number;
  /** The stream id to resume from; null before the first frame. */
  id: string | null;
  /** The server's clock minus ours. */
  clock_offset_ms: number;
  /** The alerts that began to fire in the newest frame that brought any; read out by screen readers. */
  announced: readonly Alert[];
  /** What was asked of alerts and is not known to be done. */
  asks: Asks;
  /** Our clock when the newest frame came that knows what is: what is shown is as of then. */
  heard_at_ms: number;
}

export const EMPTY: Board = {
  calls: new Map(),
  counters: {},
  redis: "up",
  left_out: 0,
  id: null,
  clock_offset_ms: 0,
  announced: [],
  asks: new Map(),
  heard_at_ms: 0,
};

export function receive(board: Board, frame: Frame, now_ms: number): Board {
  switch (frame.kind) {
    case "snapshot":
      return settle({
        ...board,
        heard_at_ms: now_ms,
        calls: new Map(frame.calls.map((view) => [view.call_id, view])),
        counters: frame.counters,
        redis: "up",
        left_out: frame.left_out,
        id: frame.id,
        clock_offset_ms: frame.at_ms - now_ms,
      });
    case "event":
      return settle(withEvents({ ...board, heard_at_ms: now_ms }, frame.id, [frame.event]));
    case "events":
      return settle(withEvents({ ...board, heard_at_ms: now_ms }, frame.id, frame.events));
    case "heartbeat":
      return { ...board, counters: frame.counters, redis: "up", heard_at_ms: now_ms, clock_offset_ms: frame.at_ms - now_ms };
    case "status":
      return { ...board, redis: frame.redis };
    case "acted":
      return settle({ ...board, asks: answered(board.asks, frame.action_id, frame.error) });
    default:
      return board;
  }
}

/** Events and answers come in any order. */
function settle(board: Board): Board {
  return { ...board, asks: settled(board.asks, board.calls) };
}

function withEvents(board: Board, id: string, events: BoardEvent[]): Board {
  const calls = new Map(board.calls);
  const began: Alert[] = [];
  for (const event of events) {
    const before = calls.get(event.call_id) ?? emptyView(event.call_id);
    calls.set(event.call_id, apply(before, event));
    if (event.type === "alert" && event.state === "firing" && !isOpen(before.alerts[event.alert_id] ?? null)) began.push(event);
  }
  const left_out = board.left_out + forgetOldest(calls);
  return { ...board, calls, left_out, id, redis: "up", announced: began.length ? began : board.announced };
}

/** Ended calls that are kept; a snapshot holds fewer (`ENDED_SHOWN` in dashboard/store.py). Open ones are all kept. */
export const ENDED_KEPT = 150;

/** How many were forgotten. */
function forgetOldest(calls: Map<string, CallView>): number {
  const over = [...calls.values()].filter((view) => view.state !== "live" && !Object.values(view.alerts).some(isOpen));
  if (over.length <= ENDED_KEPT) return 0;
  over.sort((a, b) => a.call.started_at_ms + a.duration_ms - b.call.started_at_ms - b.duration_ms);
  for (const view of over.slice(0, over.length - ENDED_KEPT)) calls.delete(view.call_id);
  return over.length - ENDED_KEPT;
}
