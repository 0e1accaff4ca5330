/** Whole messages to begin from, taken from the golden sequences that Python writes. */

import { readFileSync } from "node:fs";
import type { Alert, BoardEvent, CallState, CallView, Rationale } from "../src/types.ts";

export interface Case {
  name: string;
  events: BoardEvent[];
  view: CallView;
}

export const golden = JSON.parse(
  readFileSync(new URL("../../../tests/dashboard/golden_board.json", import.meta.url), "utf8"),
) as Case[];

function first<T extends BoardEvent["type"]>(type: T): Extract<BoardEvent, { type: T }> {
  return golden[0]!.events.find((event): event is Extract<BoardEvent, { type: T }> => event.type === type)!;
}

/** A firing alert, by default: raised, seen by nobody. */
export const alertWith = (fields: Partial<Alert> = {}): Alert => ({ ...first("alert"), ...fields });

export const reasonWith = (fields: Partial<Rationale> = {}): Rationale => ({ ...first("rationale"), ...fields });

export const callState = (call_id: string, fields: Partial<CallState> = {}): CallState => ({
  ...first("call_state"),
  call_id,
  ...fields,
  call: { ...first("call_state").call, title: call_id, ...fields.call },
});
