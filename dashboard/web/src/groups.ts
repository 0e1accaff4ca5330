/** Many alerts of one queue at once are one thing to look at: an outage, a wrong letter, a long wait. */

import { isActive } from "./order.ts";
import type { Alert, CallView } from "./types.ts";

/** So many calls of one queue. */
export const LEAST = 3;

/** Alerts this near to each other belong together. */
export const WITHIN_MS = 120_000;

export interface Group {
  queue: string;
  cause: Alert["cause"];
  calls: number;
  /** Wall clock of the first one. */
  since_at_ms: number;
}

/** Groups of active alerts, the largest first; an alert belongs to the burst that the newest one of its kind ends. */
export function groups(views: readonly CallView[]): Group[] {
  const kinds = new Map<string, { queue: string; cause: Alert["cause"]; at_ms: number[] }>();
  for (const view of views) {
    for (const cause of new Set(Object.values(view.alerts).filter(isActive).map((alert) => alert.cause))) {
      const fired = Object.values(view.alerts).filter((alert) => isActive(alert) && alert.cause === cause);
      const at_ms = view.started_at_ms + Math.max(...fired.map((alert) => alert.fired_ms));
      const key = `${view.queue}\n${cause}`;
      const kind = kinds.get(key) ?? { queue: view.queue, cause, at_ms: [] };
      kind.at_ms.push(at_ms);
      kinds.set(key, kind);
    }
  }
  return [...kinds.values()]
    .map(({ queue, cause, at_ms }) => ({ queue, cause, at_ms: burst(at_ms) }))
    .filter(({ at_ms }) => at_ms.length >= LEAST)
    .map(({ queue, cause, at_ms }) => ({ queue, cause, calls: at_ms.length, since_at_ms: Math.min(...at_ms) }))
    .sort((a, b) => b.calls - a.calls || a.queue.localeCompare(b.queue));
}

function burst(at_ms: number[]): number[] {
  const newest = Math.max(...at_ms);
  return at_ms.filter((at) => newest - at <= WITHIN_MS);
}
