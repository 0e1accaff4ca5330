/** What a screen on the wall shows: as many calls as can be read from afar, the most urgent first. Pure. */

import { asksNow, leadingAlert } from "./order.ts";
import type { CallView } from "./types.ts";

/** Rows of the screen: each is as high as a line that is read at three metres needs (wall.css). */
export const WALL_ROWS = 8;

export interface Wall {
  shown: CallView[];
  /** Of what there is no room for. */
  moreAlerts: number;
  moreCalls: number;
}

/** `ordered` as the list is; ended calls are no matter for a wall. */
export function wallOf(ordered: readonly CallView[], rows = WALL_ROWS): Wall {
  const live = ordered.filter((view) => view.state === "live");
  const shown = live.slice(0, rows);
  const rest = live.slice(rows);
  const moreAlerts = rest.filter(asksNow).length;
  return { shown, moreAlerts, moreCalls: rest.length - moreAlerts };
}

/** How bad it is, in one word of the page's styles. */
export function wallKind(view: CallView): "act" | "watch" | "calm" {
  return asksNow(view) ? leadingAlert(view)!.severity : "calm";
}
