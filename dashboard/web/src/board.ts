/** All calls, kept up to date frame by frame. Pure: frames and clocks come in, state comes out. */

import { answered, settled, type Asks } from "./asks.ts";
import { withShed, type Shed } from "./health.ts";
import { released } from "./heldBack.ts";
import { isOpen } from "./order.ts";
import { apply, emptyView } from "./reduce.ts";
import type { Alert, BoardEvent, CallView, Frame, LoadFrame, QueueLoad } from "./types.ts";
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
  /** Alerts of the last hour by queue, and the ids of those that the server holds back. */
  load: readonly QueueLoad[];
  held: ReadonlySet<string>;
  /** What was left out under load within the last minute. */
  shed: readonly Shed[];
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
  load: [],
  held: new Set(),
  shed: [],
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
        shed: withShed(board.shed, frame.counters, frame.at_ms),
        id: frame.id,
        clock_offset_ms: frame.at_ms - now_ms,
      });
    case "event":
      return settle(withEvents({ ...board, heard_at_ms: now_ms }, frame.id, [frame.event]));
    case "events":
      return settle(withEvents({ ...board, heard_at_ms: now_ms }, frame.id, frame.events));
    case "heartbeat":
      return { ...board, counters: frame.counters, shed: withShed(board.shed, frame.counters, frame.at_ms), redis: "up", heard_at_ms: now_ms, clock_offset_ms: frame.at_ms - now_ms };
    case "load":
      return withLoad(board, frame);
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

function withLoad(board: Board, frame: LoadFrame): Board {
  const held = isSame(board.held, frame.held) ? board.held : new Set(frame.held);
  const came = released(board.calls, board.held, held);
  return { ...board, load: frame.queues, held, announced: came.length ? came : board.announced };
}

function isSame(held: ReadonlySet<string>, ids: readonly string[]): boolean {
  return held.size === ids.length && ids.every((id) => held.has(id));
}

function withEvents(board: Board, id: string, events: BoardEvent[]): Board {
  const calls = new Map(board.calls);
  const began: Alert[] = [];
  for (const event of events) {
    const before = calls.get(event.call_id) ?? emptyView(event.call_id);
    calls.set(event.call_id, apply(before, event));
    if (event.type === "alert" && event.state === "firing" && !isOpen(before.alerts[event.alert_id] ?? null) && !board.held.has(event.alert_id)) began.push(event);
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
